"""Telling modules that this engine lacks from modules that the real release lacks."""

from __future__ import annotations

import os
import sys
from typing import Any, FrozenSet, List, Optional

not_modelled: List[str] = []
"""Modules and members of the real release that were asked for and that this engine does not have."""

_modules: Optional[FrozenSet[str]] = None


def _real_modules() -> FrozenSet[str]:
    global _modules
    if _modules is None:
        with open(os.path.join(os.path.dirname(__file__), "modules.txt"), encoding="utf-8") as file:
            _modules = frozenset(file.read().split())
    return _modules


def real_module(name: str) -> bool:
    """Tell whether the real release has the module."""
    return name in _real_modules()


def record(name: str) -> None:
    """Note that something of the real release was asked for."""
    if name not in not_modelled:
        not_modelled.append(name)


class LastFinder:
    """Last on `sys.meta_path`: finds nothing, and notes what the real release would have had."""

    @classmethod
    def find_spec(cls, fullname: str, path: Any = None, target: Any = None) -> None:
        """Return None, so that the import fails with the usual message.

        A package that this engine lacks is asked for on the way to a module below it. Where the real release
        lacks that module, the error is about it, as it would be there.
        """
        if not fullname.startswith("vllm.") or fullname not in _real_modules():
            return
        wanted = _on_the_way_to(fullname)
        if wanted in _real_modules():
            record(wanted)
        else:
            raise ModuleNotFoundError(f"No module named {wanted!r}", name=wanted)


def _on_the_way_to(package: str) -> str:
    """Return the longest name below `package` that the import system is busy with, else `package`."""
    frame = sys._getframe(1)  # noqa: SLF001 (the import system says this nowhere else)
    wanted = package
    while frame is not None:
        name = frame.f_locals.get("name") if frame.f_code.co_name == "_find_and_load" else None
        if isinstance(name, str) and name.startswith(f"{wanted}."):
            wanted = name
        frame = frame.f_back  # type: ignore[assignment]
    return wanted


def install() -> None:
    """Put the finder last; once per process."""
    if LastFinder not in sys.meta_path:
        sys.meta_path.append(LastFinder)  # type: ignore[arg-type]
