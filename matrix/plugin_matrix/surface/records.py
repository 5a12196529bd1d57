"""What one source file of vLLM offers, as records: the content of the surface index.

A file is read on its own and nothing in it is resolved: `from .x import y` stays an `ImportedName`. So a
file that did not change between releases is read once, a release is added without touching another, and
following names through modules is set algebra at query time (`resolver`).

All records are arrays on disk (msgpack), so the order of the fields is the format: a change raises
`store.INDEX_FORMAT`. None can be part of a circle, so the garbage collector is told to leave them alone
(`gc=False`): reading the index is three times as fast.
"""

from enum import IntFlag
from typing import TYPE_CHECKING, ClassVar

import msgspec

from plugin_matrix.model.signature import Shape, Signature


class Mark(IntFlag):
    """What is said of a definition beside its kind."""

    CONDITIONAL = 1
    """Under an `if` or in a `try`: it may be absent at run time, and alternatives may stand beside it."""
    TYPE_ONLY = 2
    """Under `if TYPE_CHECKING:`: absent at run time, of use for annotations."""
    DEPRECATED = 4
    """Decorated with `deprecated`, or its body warns of its own deprecation."""
    ABSTRACT = 8
    """`abstractmethod` (and its property form)."""
    NOT_IMPLEMENTED = 16
    """The body does nothing but raise NotImplementedError."""
    PROPERTY = 32
    """`property`, `cached_property` and the like: read without a call."""
    CLASSMETHOD = 64
    STATICMETHOD = 128
    ASYNC = 256
    OVERLOAD = 512
    OPAQUE = 1024
    """A decorator that is not known to keep the signature."""
    INSTANCE = 2048
    """An attribute bound as `self.x = ...`, not in the class body."""
    HAS_VALUE = 4096
    """An attribute or field with a value or default in the class body."""
    INIT_VAR = 8192
    """A dataclass field of type `InitVar`: a parameter and no attribute (unless it has a default)."""
    NO_INIT = 16384
    """A dataclass field with `init=False`: an attribute and no parameter."""
    KW_ONLY = 32768
    """A dataclass field that is keyword only."""
    CLASS_VAR = 65536

    if not TYPE_CHECKING:
        # Marks are asked for by the hundred thousand, and IntFlag takes a microsecond for each. What comes
        # of it is an int, which is a set of marks as good as any.
        __and__ = __rand__ = int.__and__
        __or__ = __ror__ = int.__or__


class FunctionRecord(
    msgspec.Struct, frozen=True, gc=False, cache_hash=True, array_like=True, omit_defaults=True, tag="f"
):
    """A function or method."""

    signature: Signature
    returns: str = ""
    """Annotation, source text, quotes removed."""
    marks: Mark = Mark(0)


class ClassRecord(
    msgspec.Struct, frozen=True, gc=False, cache_hash=True, array_like=True, omit_defaults=True, tag="c"
):
    """A class statement; its members are symbols of their own, `Class.member`."""

    bases: tuple[str, ...] = ()
    """Source text of each base, subscripts removed: `Generic[T]` is `Generic`."""
    decorators: tuple[str, ...] = ()
    """Source text without arguments: `dataclass`, `config`, `support_torch_compile`."""
    fields: tuple[str, ...] = ()
    """Annotated names of the body in order: the fields of a dataclass, NamedTuple, msgspec or pydantic class;
    for enums the members."""
    keywords: tuple[str, ...] = ()
    """Keyword arguments of the statement and of a dataclass decorator that matter: `metaclass=ABCMeta`,
    `kw_only=True`, `init=False`, `frozen=True`."""
    marks: Mark = Mark(0)


class AttributeRecord(
    msgspec.Struct, frozen=True, gc=False, cache_hash=True, array_like=True, omit_defaults=True, tag="a"
):
    """A name bound by assignment: a module's variable, a class attribute, a field, an instance attribute."""

    annotation: str = ""
    """Source text, quotes removed; of `self.x = x` the parameter's."""
    value: str = ""
    """The value as an access path in the module's scope where that is simple: `Foo()`, `a.b.C`,
    `VllmConfig@.model_config`; a literal's type as `int()`; else empty."""
    marks: Mark = Mark(0)


class ImportedName(msgspec.Struct, frozen=True, gc=False, array_like=True, omit_defaults=True, tag="i"):
    """A name bound by an import: to the module `module`, or to `name` of it (attribute or submodule)."""

    module: str
    """Absolute; relative imports are made so with the package of the file."""
    name: str = ""
    """Empty for `import module as x` (and for `import a.b`, which binds `a`: module is `a` then)."""
    marks: Mark = Mark(0)


class StarImport(msgspec.Struct, frozen=True, gc=False, array_like=True, omit_defaults=True, tag="s"):
    """`from module import *`, under the symbol `*`."""

    module: str
    marks: Mark = Mark(0)


class AllNames(msgspec.Struct, frozen=True, gc=False, array_like=True, omit_defaults=True, tag="l"):
    """`__all__`, under the symbol `__all__`; `complete` is False when it is computed."""

    names: tuple[str, ...] = ()
    complete: bool = True
    marks: ClassVar[Mark] = Mark(0)


class LazyNames(msgspec.Struct, frozen=True, gc=False, array_like=True, omit_defaults=True, tag="z"):
    """What a module's `__getattr__` serves, under the symbol `__getattr__`."""

    targets: tuple[tuple[str, str], ...] = ()
    """Name and dotted path it stands for, empty where the value is computed (`vllm.envs`)."""
    complete: bool = True
    """False when the function could not be evaluated: any name may be served."""
    deprecated: tuple[str, ...] = ()
    """Names served with a deprecation warning."""
    marks: ClassVar[Mark] = Mark(0)


Record = FunctionRecord | ClassRecord | AttributeRecord | ImportedName | StarImport | AllNames | LazyNames


OWN_NAMES = frozenset({"self", "cls"})


class EngineCall(msgspec.Struct, frozen=True, gc=False, array_like=True, omit_defaults=True):
    """A place where vLLM calls a method of an object: what an override of that method is passed."""

    method: str
    receiver: str
    """Source text of the receiver: `current_platform`, `self.quant_method`, `attn_backend`."""
    scope: str
    """Where it stands: `Class.method`, `function`, empty for the module."""
    shape: Shape
    line: int

    @property
    def on_itself(self) -> bool:
        """Whether a method calls another of its own object."""
        return self.receiver in OWN_NAMES

    @property
    def owner(self) -> str:
        """Last name of the class in which it stands; empty where it stands in none."""
        return self.scope.rpartition(".")[0].rpartition(".")[2]


class FileSurface(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What one source file offers; `symbols` maps `name` and `Class.member` to its records."""

    symbols: dict[str, tuple[Record, ...]]
    calls: tuple[EngineCall, ...] = ()
    problem: str = ""
    """Why the file could not be read (it does not parse); it offers anything then."""
