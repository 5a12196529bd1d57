"""Configuration classes with the fields and defaults of the release."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any, Callable, Dict

from vllm._reference.engine.tables import table


def _default(encoded: Any, classes: Dict[str, Any]) -> Callable[[], Any]:
    """Return a factory for `[value]`, `{"new": class name}` or, for a parameter without a default, `"!"`."""
    if isinstance(encoded, list):
        return lambda: copy.deepcopy(encoded[0])
    if isinstance(encoded, dict):
        return lambda: classes[encoded["new"]]() if encoded["new"] in classes else None
    return lambda: None


def config_class(name: str, module_globals: Dict[str, Any], base: type = object) -> Any:
    """Build a dataclass `name` on `base` with this release's fields.

    A field that has no default in the release is None here when it is left out: the small engine builds
    configurations from little. An unknown field is the same TypeError as in the release.
    """
    fields = table("configs").get(name, {})
    made = dataclasses.make_dataclass(
        name,
        [
            (field, Any, dataclasses.field(default_factory=_default(encoded, module_globals)))
            for field, encoded in fields.items()
        ],
        bases=() if base is object else (base,),
        eq=False,
    )
    made.__module__ = module_globals["__name__"]
    made.__doc__ = base.__doc__ or f"`{name}` with the fields of this release."
    return made
