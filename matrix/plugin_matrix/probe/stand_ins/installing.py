"""Put the finder in place, in this process and in the Pythons that it starts."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from ..text import decode, encode
from .finder import Finder

if TYPE_CHECKING:
    from ..origin import Origins
    from ..request import Request

VARIABLE = "PLUGIN_MATRIX_STAND_INS"
"""Read by `start/sitecustomize.py`."""


def install(request: Request, origins: Origins) -> None:
    """Stand in, from now on, for what the request wants stand-ins for."""
    told = {
        "names": list(request.stand_ins),
        "missing": request.stand_in_missing,
        "plugin": list(request.plugin_layers),
        "dependencies": list(request.dependency_layers),
        "tops": sorted(origins.tops),
    }
    os.environ[VARIABLE] = encode(told)
    _append(told, origins)


def install_as_parent_did(text: str) -> None:
    """Stand in for what the process that started this one stands in for."""
    from ..origin import Origins  # noqa: PLC0415 - other Pythons have no use for it

    try:
        told = decode(text)
        _append(told, Origins(tuple(told["plugin"]), frozenset(told["tops"])))
    except (ValueError, KeyError, TypeError):
        return  # a plugin has overwritten the variable


def _append(told: dict[str, Any], origins: Origins) -> None:
    if any(isinstance(finder, Finder) for finder in sys.meta_path):
        return
    finder = Finder(
        frozenset(told["names"]), origins, tuple(told["dependencies"]), missing=bool(told["missing"])
    )
    sys.meta_path.append(finder)
