"""The scenarios: each is a module with a function `run`."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Callable

_MODULES = {
    "load": "load",
    "register": "register",
    "concurrent": "concurrent",
    "child": "child",
    "filter": "filter_case",
    "platform": "platform",
    "model": "model",
    "component": "component",
}
USUAL = ("load", "register", "filter", "concurrent", "child")
"""Those that are run for nearly every plugin."""


def scenario(kind: str) -> Callable[..., None]:
    """Return what runs the scenarios of a kind."""
    module: Any = import_module(f".{_MODULES[kind]}", __name__)
    run: Callable[..., None] = module.run
    return run
