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
        return lambda: _new(classes[encoded["new"]]) if encoded["new"] in classes else None
    return lambda: None


def _new(cls: Any) -> Any:
    """Do what `cls()` does, without making its `__init__` if nobody has asked for that yet."""
    unmade = vars(cls).get("__init__")
    if not isinstance(unmade, _MadeWhenAsked):
        return cls()
    instance = cls.__new__(cls)
    for field, factory in unmade.defaults.items():
        setattr(instance, field, factory())
    if hasattr(cls, "__post_init__"):
        instance.__post_init__()
    return instance


class _MadeWhenAsked:
    """What `dataclasses` makes for a class: made, all of it, when the first of it is asked for.

    Making it takes a millisecond a class, of which a release has thirty, and most processes use none.
    """

    def __init__(self, name: str, make: Callable[[], None], defaults: Dict[str, Callable[[], Any]]) -> None:
        self._name = name
        self._make = make
        self.defaults = defaults
        """Factory by field, in the order of the fields."""

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
    defaults = {
        field: _default(encoded, module_globals) for field, encoded in table("configs").get(name, {}).items()
    }

    def make() -> None:
        whole = dataclasses.make_dataclass(
            name,
            [(field, Any, dataclasses.field(default_factory=factory)) for field, factory in defaults.items()],
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
        "__annotations__": dict.fromkeys(defaults, Any),
        "__repr__": _repr,
        **{attribute: _MadeWhenAsked(attribute, make, defaults) for attribute in _MADE},
    }
    if sys.version_info >= (3, 13):
        namespace["__replace__"] = _replace
    made: Any = type(name, (base,), namespace)
    return made
