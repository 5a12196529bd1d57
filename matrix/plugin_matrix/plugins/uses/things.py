"""What a name of a plugin may lead to."""

import functools

import msgspec

from plugin_matrix.model.access_path import AccessPath
from plugin_matrix.plugins.uses.expressions import Expression


class EngineThing(msgspec.Struct, frozen=True):
    """Something in vLLM."""

    path: AccessPath
    own: tuple[str, str] | None = None
    """The plugin's class through which it is reached, and its attribute there."""
    beyond: bool = False
    """`path` goes on after that attribute."""
    certain: bool = True
    """False where the class has several bases of vLLM or unknown ones: `path` names but one of them."""


class ModuleThing(msgspec.Struct, frozen=True):
    """A module of the plugin."""

    name: str


class FunctionThing(msgspec.Struct, frozen=True):
    """A function of the plugin."""

    unit: str


class ClassThing(msgspec.Struct, frozen=True):
    """A class of the plugin."""

    path: str


class InstanceThing(msgspec.Struct, frozen=True):
    """An instance of a class of the plugin."""

    path: str


class ValueThing(msgspec.Struct, frozen=True):
    """Another value: a flag, a container."""

    value: Expression


Thing = EngineThing | ModuleThing | FunctionThing | ClassThing | InstanceThing | ValueThing


class Linked(msgspec.Struct, frozen=True):
    """What a path leads to, under which conditions, and which properties of the plugin run on the way."""

    thing: Thing
    tests: tuple[Expression, ...] = ()
    runs: tuple[str, ...] = ()


@functools.lru_cache(maxsize=1 << 14)
def parents(module: str) -> tuple[str, ...]:
    """Return the packages a module lies in, outermost first."""
    parts = module.split(".")
    return tuple([".".join(parts[:end]) for end in range(1, len(parts))])
