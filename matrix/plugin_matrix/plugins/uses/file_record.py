"""What one file of a plugin asks of vLLM and of its siblings, before its names are linked to them.

It crosses process boundaries, so equal things are held once and referred to by their position.
"""

import msgspec

from plugin_matrix.model.access_path import AccessPath
from plugin_matrix.model.signature import Shape, Signature
from plugin_matrix.plugins.uses.expressions import Expression
from plugin_matrix.plugins.uses.records import Unit


class GuardNode(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One more condition on top of the guard at position `parent`; position 0 is the empty guard."""

    parent: int
    test: Expression


class _Raw(msgspec.Struct, frozen=True, array_like=True, gc=False):
    unit: str
    line: int
    guard: int
    caught: int
    """Position in `FileRecord.caught`."""
    fallback: bool


class RawImport(_Raw, frozen=True, array_like=True, gc=False, tag="i"):
    """An import of something in vLLM, or of a module of the plugin."""

    module: str
    name: str | None


class RawAttribute(_Raw, frozen=True, array_like=True, gc=False, tag="a"):
    """The end of a chain of attributes."""

    path: AccessPath


class RawCall(_Raw, frozen=True, array_like=True, gc=False, tag="c"):
    """A call."""

    path: AccessPath
    shape: Shape
    given: tuple[tuple[int | str, Expression], ...] = ()
    """By position or keyword, the arguments that are constants or parameters of the caller's."""


class RawSuper(_Raw, frozen=True, array_like=True, gc=False, tag="s"):
    """`super().method`."""

    owner: str
    method: str
    shape: Shape | None


class RawPatch(_Raw, frozen=True, array_like=True, gc=False, tag="p"):
    """An attribute of something in vLLM, or of a plugin's object, is replaced."""

    path: AccessPath
    value: Expression | None
    optional: bool = False


class RawText(_Raw, frozen=True, array_like=True, gc=False, tag="q"):
    """A dotted path in a string."""

    text: str
    path: AccessPath
    purpose: str


class RawRegistration(_Raw, frozen=True, array_like=True, gc=False, tag="m"):
    """A call of `register_model`."""

    function: AccessPath
    architecture: str
    model: AccessPath | None
    """None where `text` is no name of a class."""
    text: str


RawUse = RawImport | RawAttribute | RawCall | RawSuper | RawPatch | RawText | RawRegistration


class FunctionBody(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What calling a function of the plugin comes to."""

    unit: str
    positional: tuple[str, ...]
    """Names of the parameters that positional arguments fill, `self` included."""
    rest: str
    """Name of `*args`, empty where there is none."""
    defaults: dict[str, Expression]
    annotation: Expression | None
    """The returned value by its annotation."""
    returns: tuple[tuple[int, Expression], ...]
    """Guard and value of each `return`; the guard's root is the function's beginning."""
    plain: bool
    """A call runs the body and gives what it returns: no generator, no decorator that is not known."""
    is_property: bool
    binding: str
    """`function`, `method`, `classmethod` or `staticmethod`."""
    entry: int = 0
    """The guard that holds where the body begins."""


class RawMethod(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A function in the body of a class."""

    name: str
    unit: str
    signature: Signature
    decorators: tuple[str, ...]
    line: int


class RawClass(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A class statement."""

    path: str
    """Dotted, `acme.mod.Class`."""
    id: str
    line: int
    unit: str
    guard: int
    bases: tuple[Expression | None, ...]
    methods: tuple[RawMethod, ...]
    attributes: tuple[str, ...]
    values: dict[str, Expression]
    """Attributes of which it is known what they hold; the others stand in `attributes` alone."""
    fields: tuple[tuple[str, bool], ...]
    dataclass: bool
    kw_only: bool
    dynamic: bool
    decorators: tuple[str, ...]


class FileRecord(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One module of the plugin."""

    module: str
    file: str
    is_package: bool
    units: tuple[Unit, ...] = ()
    guards: tuple[GuardNode, ...] = ()
    caught: tuple[frozenset[str], ...] = ()
    uses: tuple[RawUse, ...] = ()
    classes: tuple[RawClass, ...] = ()
    functions: tuple[FunctionBody, ...] = ()
    bindings: dict[str, Expression] = {}
    """Names of the module, and dotted names of what is defined inside its functions and classes."""
    stars: tuple[str, ...] = ()
    """Modules all of whose names are imported."""
    stored: tuple[str, ...] = ()
    """Names of attributes that are set on objects of which it is not known what they are."""
    others: tuple[str, ...] = ()
    """Names that the module binds to what is not known; `*` where it may bind any name."""
    hooks_imports: bool = False
    """It puts finders of its own in the way of imports."""
    problem: str = ""
    """Why the file could not be read; it says nothing then."""
