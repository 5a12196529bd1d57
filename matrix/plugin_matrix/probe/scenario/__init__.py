"""The scenarios: name of the command -> (what runs it, tag of its observation)."""

from __future__ import annotations

from typing import Callable

from . import child, component, concurrent, filter_case, load, model, platform, register

SCENARIOS: dict[str, tuple[Callable[..., None], str]] = {
    "load": (load.run, "load"),
    "register": (register.run, "register"),
    "concurrent": (concurrent.run, "concurrent"),
    "child": (child.run, "child"),
    "filter": (filter_case.run, "filter"),
    "platform": (platform.run, "platform"),
    "model": (model.run, "model"),
    "component": (component.run, "component"),
}

__all__ = ["SCENARIOS"]
