"""Configuration classes with the fields and defaults of the release."""

from __future__ import annotations

import copy
import dataclasses
import sys
from reprlib import recursive_repr
from typing import Any, Callable, Dict

from vllm._reference.engine.tables import table


def _default(encoded: Any, classes: Dict[str, Any]) -> Callable[[], Any]:
    """Return a factory for `[value]`, `{"new": class name}` or, for a parameter without a default, `"!"`."""
    if isinstance(encoded, list):
        return lambda: copy.deepcopy(encoded[0])
    if isinstance(encoded, dict):
        return lambda: classes[encoded["new"]]() if encoded["new"] in classes else None
    return lambda: None


class _MadeWhenAsked:
    """What `dataclasses` makes for a class: made, all of it, when the first of it is asked for.

    Making it takes a millisecond a class, of which a release has thirty, and most processes use none.
    """

    def __init__(self, name: str, make: Callable[[], None]) -> None:
        self._name = name
        self._make = make

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        self._make()
        return getattr(owner if instance is None else instance, self._name)


_MADE = ("__init__", "__dataclass_fields__", "__dataclass_params__")
if sys.version_info >= (3, 10):
    _MADE += ("__match_args__",)


@recursive_repr()
def _repr(self: Any) -> str:
    fields = ", ".join(f"{field.name}={getattr(self, field.name)!r}" for field in dataclasses.fields(self))
    return f"{type(self).__qualname__}({fields})"


def _replace(self: Any, /, **changes: Any) -> Any:
    return dataclasses.replace(self, **changes)


def config_class(name: str, module_globals: Dict[str, Any], base: type = object) -> Any:
    """Build a dataclass `name` on `base` with this release's fields.

    A field that has no default in the release is None here when it is left out: the small engine builds
    configurations from little. An unknown field is the same TypeError as in the release.
    """
    fields = table("configs").get(name, {})

    def make() -> None:
        whole = dataclasses.make_dataclass(
            name,
            [
                (field, Any, dataclasses.field(default_factory=_default(encoded, module_globals)))
                for field, encoded in fields.items()
            ],
            bases=() if base is object else (base,),
            namespace={"__module__": module_globals["__name__"], "__doc__": made.__doc__},
            repr=False,
            eq=False,
        )
        for attribute in _MADE:
            # A plugin may have put something of its own there.
            if isinstance(vars(made).get(attribute), _MadeWhenAsked):
                setattr(made, attribute, vars(whole)[attribute])

    namespace: Dict[str, Any] = {
        "__module__": module_globals["__name__"],
        "__doc__": base.__doc__ or f"`{name}` with the fields of this release.",
        "__annotations__": dict.fromkeys(fields, Any),
        "__repr__": _repr,
        **{attribute: _MadeWhenAsked(attribute, make) for attribute in _MADE},
    }
    if sys.version_info >= (3, 13):
        namespace["__replace__"] = _replace
    made: Any = type(name, (base,), namespace)
    return made
