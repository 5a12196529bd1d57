"""What the surface answers: what an access path leads to, on which releases."""

import msgspec

from plugin_matrix.model.signature import Shape
from plugin_matrix.model.version_set import Mask
from plugin_matrix.surface.records import ClassRecord, FunctionRecord, Mark


class ModuleAt(msgspec.Struct, frozen=True, gc=False):
    """A module or package of vLLM."""

    name: str


class ClassAt(msgspec.Struct, frozen=True, gc=False, cache_hash=True):
    """A class, where it is defined (not where it was imported from)."""

    module: str
    qualname: str
    record: ClassRecord

    @property
    def path(self) -> str:
        """Dotted path of the definition."""
        return f"{self.module}.{self.qualname}"


class FunctionAt(msgspec.Struct, frozen=True, gc=False, cache_hash=True):
    """A function or method, where it is defined."""

    module: str
    qualname: str
    record: FunctionRecord
    bound: bool = False
    """Reached through an instance (or, a class method, its class): the first parameter is filled."""

    @property
    def path(self) -> str:
        """Dotted path of the definition."""
        return f"{self.module}.{self.qualname}"


class InstanceOf(msgspec.Struct, frozen=True, gc=False, cache_hash=True):
    """An instance of a class of vLLM or of a subclass, which may have members that the class lacks."""

    cls: ClassAt
    exact: bool = False
    """Made by calling the class itself."""


class Value(msgspec.Struct, frozen=True, gc=False):
    """Something that exists and of which no more is known (a constant, an object of another package)."""

    marks: Mark = Mark(0)


class Missing(msgspec.Struct, frozen=True, gc=False):
    """The path ends here: `owner` exists and has no `name`."""

    owner: str
    """Dotted path of the module or class that lacks it; of a missing module its parent package."""
    name: str
    kind: str
    """`module` (cannot be imported), `name` (a module lacks it), `attribute` (a class lacks it)."""


class Unclear(msgspec.Struct, frozen=True, gc=False):
    """Cannot be told from the sources: compiled modules, computed names, unknown base classes."""

    reason: str


Thing = ModuleAt | ClassAt | FunctionAt | InstanceOf | Value | Missing | Unclear


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What a path leads to on the releases of `mask`; the answers to a question are disjoint and cover it."""

    mask: Mask
    thing: Thing
    conditional: bool = False
    """Only under a condition that the sources leave open: it may be absent at run time."""
    deprecated: bool = False


class PassedAt(msgspec.Struct, frozen=True, gc=False):
    """A call by which vLLM itself calls a method, on the releases of `mask`."""

    mask: Mask
    module: str
    scope: str
    line: int
    """On the newest release of `mask`."""
    shape: Shape
    by: str = ""
    """The method of the same object that makes the call; empty where it is made from outside."""
