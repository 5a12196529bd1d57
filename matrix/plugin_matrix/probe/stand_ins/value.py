"""The object that stands in for whatever an absent module would have held.

Plugins do anything with it: call it, derive from it, decorate with it, compare it, compute with it, unpack
it, pickle it. Each has an answer that lets the plugin go on; as a number a stand-in counts as one, and it
is true.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Generator, Iterator
from opcode import EXTENDED_ARG, opmap
from types import FunctionType
from typing import TYPE_CHECKING, Any, Callable

from .record import note

if TYPE_CHECKING:
    from types import FrameType

VERSION = "9999.0.0"
"""Versions are asked for to refuse what is too old."""
_KEPT = "_plugin_matrix_"
_UNPACK_SEQUENCE = opmap["UNPACK_SEQUENCE"]
_UNPACK_EX = opmap["UNPACK_EX"]
WORD = 2
"""Bytes of one instruction."""
_ERRORS = ("Error", "Exception", "Warning")
_NAMES = ("__name__", "__qualname__")
_DECORATED = (FunctionType, type, staticmethod, classmethod, property)


def attribute_of(path: str, name: str) -> Any:
    """Return what stands in for the attribute `name` of what `path` leads to; raises `AttributeError`.

    Names that Python or a library gives a meaning, `__array__` and the like, are absent unless we have it.
    """
    if name == "__version__":
        note("value", f"{path}.__version__")
        return VERSION
    if name == "__bases__":
        return ()  # `issubclass` takes what has some
    if name.startswith("__") and name.endswith("__"):
        raise AttributeError(f"the stand-in for {path} has no attribute {name!r}")
    whole = f"{path}.{name}"
    note("attribute", whole)
    if name.endswith(_ERRORS) and name[0].isupper():
        base = Warning if name.endswith("Warning") else Exception
        return type(name, (base,), {"__module__": path})
    return StandIn(whole)


class StandIn:
    """Stands in for the object at a dotted path, or for what calling it gave."""

    __slots__ = ("__weakref__", f"{_KEPT}attributes", f"{_KEPT}class", f"{_KEPT}path", f"{_KEPT}source")

    def __init__(self, path: str, source: StandIn | None = None) -> None:
        """Stand in for what is at `path`; `source` is what was called or derived from to get it."""
        _put(self, f"{_KEPT}path", path)
        _put(self, f"{_KEPT}source", source)
        _put(self, f"{_KEPT}attributes", {})
        _put(self, f"{_KEPT}class", None)

    # ---- attributes

    def __getattr__(self, name: str) -> Any:
        attributes = _get(self, f"{_KEPT}attributes")
        if name not in attributes:
            path = path_of(self)
            if name in _NAMES:
                return path.rpartition(".")[2]
            attributes[name] = attribute_of(path, name)
        return attributes[name]

    def __setattr__(self, name: str, value: Any) -> None:
        _get(self, f"{_KEPT}attributes")[name] = value

    def __delattr__(self, name: str) -> None:
        _get(self, f"{_KEPT}attributes").pop(name, None)

    def __dir__(self) -> list[str]:
        return sorted(_get(self, f"{_KEPT}attributes"))

    # ---- calls, decorators, classes

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Give what stands in for the result; a decorator gives back what it decorates."""
        path = path_of(self)
        note("call", path)
        if len(arguments) == 1 and not named and isinstance(arguments[0], _DECORATED):
            return arguments[0]
        return StandIn(path if path.endswith("()") else f"{path}()", self)

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        del bases
        note("subclass", path_of(self))
        made = _get(self, f"{_KEPT}class")
        if made is None:
            path = path_of(self)
            owner, _, name = path.rpartition(".")
            made = type(name, (Base,), {"__module__": owner, f"{_KEPT}path": path})
            _put(self, f"{_KEPT}class", made)
        return (made,)

    def __instancecheck__(self, value: object) -> bool:
        made = _get(self, f"{_KEPT}class")
        if type(value) is StandIn:
            return _get(value, f"{_KEPT}source") is self
        return made is not None and isinstance(value, made)

    def __subclasscheck__(self, kind: object) -> bool:
        made = _get(self, f"{_KEPT}class")
        return kind is self or (made is not None and isinstance(kind, type) and issubclass(kind, made))

    @classmethod
    def __torch_function__(cls, function: Any, types: Any, arguments: Any = (), named: Any = None) -> Any:
        del cls, types, arguments, named
        return StandIn(f"{getattr(function, '__name__', 'function')}()")

    # ---- blocks, coroutines

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *raised: object) -> None:
        return None

    async def __aenter__(self) -> Any:
        return self

    async def __aexit__(self, *raised: object) -> None:
        return None

    def __await__(self) -> Generator[None, None, Any]:
        return self
        yield  # what makes it a generator

    # ---- values

    def __bool__(self) -> bool:
        _note_value(self)
        return True

    def __int__(self) -> int:
        _note_value(self)
        return 1

    __index__ = __int__

    def __float__(self) -> float:
        _note_value(self)
        return 1.0

    def __complex__(self) -> complex:
        _note_value(self)
        return 1 + 0j

    def __len__(self) -> int:
        _note_value(self)
        return 0

    def __iter__(self) -> Iterator[Any]:
        """Yield nothing, or as many stand-ins as the caller unpacks."""
        _note_value(self)
        return iter(
            [StandIn(f"{path_of(self)}[{place}]", self) for place in range(_unpacked(sys._getframe(1)))]
        )

    def __next__(self) -> Any:
        raise StopIteration

    def __contains__(self, item: object) -> bool:
        _note_value(self)
        return False

    def __getitem__(self, key: object) -> Any:
        attributes = _get(self, f"{_KEPT}attributes")
        place = f"[{key!r}]" if isinstance(key, (str, int)) else "[]"
        return attributes[place] if place in attributes else StandIn(f"{path_of(self)}{place[:40]}", self)

    def __setitem__(self, key: object, value: Any) -> None:
        if isinstance(key, (str, int)):
            _get(self, f"{_KEPT}attributes")[f"[{key!r}]"] = value

    def __delitem__(self, key: object) -> None:
        _get(self, f"{_KEPT}attributes").pop(f"[{key!r}]", None)

    def __str__(self) -> str:
        _note_value(self)
        return repr(self)

    def __repr__(self) -> str:
        return f"<stand-in for {path_of(self)}>"

    def __format__(self, specification: str) -> str:
        return str(self)

    def __fspath__(self) -> str:
        _note_value(self)
        return f"/nonexistent/{path_of(self)}"

    # ---- comparisons: with numbers as the number one, of anything else as what is larger

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __lt__(self, other: object) -> bool:
        return _compare(self, other, operator.lt, otherwise=False)

    def __le__(self, other: object) -> bool:
        return _compare(self, other, operator.le, otherwise=other is self)

    def __gt__(self, other: object) -> bool:
        return _compare(self, other, operator.gt, otherwise=other is not self)

    def __ge__(self, other: object) -> bool:
        return _compare(self, other, operator.ge, otherwise=True)

    # ---- copies

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, memo: object) -> Any:
        return self

    def __reduce_ex__(self, protocol: object) -> tuple[Any, ...]:
        return StandIn, (path_of(self),)


_put = object.__setattr__
_get = object.__getattribute__


class Base:
    """Base of the classes that plugins derive from stand-ins: takes any arguments and has any attribute.

    Other bases beside it (`torch.nn.Module`) are set up and asked first.
    """

    _plugin_matrix_path = ""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        order = type(self).__mro__
        if order[order.index(Base) + 1] is not object:
            super().__init__(*arguments, **named)

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__()

    def __getattr__(self, name: str) -> Any:
        asked = getattr(super(), "__getattr__", None)
        if asked is not None:
            try:
                return asked(name)
            except AttributeError:
                pass
        return attribute_of(type(self)._plugin_matrix_path, name)


def path_of(value: StandIn) -> str:
    """Return the dotted path of what `value` stands in for."""
    path: str = _get(value, f"{_KEPT}path")
    return path


def _note_value(value: StandIn) -> None:
    note("value", path_of(value))


def _compare(value: StandIn, other: object, compare: Callable[[Any, Any], Any], *, otherwise: bool) -> bool:
    _note_value(value)
    return bool(compare(1, other)) if isinstance(other, (int, float)) else otherwise


def _unpacked(frame: FrameType) -> int:
    """Return how many names the instruction that asks for an iterator unpacks into."""
    code, place = frame.f_code.co_code, frame.f_lasti
    if not 0 <= place < len(code) - 1:
        return 0
    if code[place] == _UNPACK_SEQUENCE:
        return code[place + 1]
    if code[place] == _UNPACK_EX:  # names before the starred one, and those behind it as a second byte
        behind = code[place - 1] if place >= WORD and code[place - WORD] == EXTENDED_ARG else 0
        return code[place + 1] + behind
    return 0


def _computed(self: StandIn, *_others: object) -> StandIn:
    return StandIn(path_of(self), self)


def _both(self: StandIn, _other: object) -> tuple[StandIn, StandIn]:
    return _computed(self), _computed(self)


_OPERATORS = (
    *("add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "pow"),
    *("lshift", "rshift", "and", "xor", "or"),
)
for _name in _OPERATORS:
    for _form in (f"__{_name}__", f"__r{_name}__", f"__i{_name}__"):
        setattr(StandIn, _form, _computed)
for _name in ("neg", "pos", "abs", "invert", "round", "trunc", "floor", "ceil"):
    setattr(StandIn, f"__{_name}__", _computed)
for _name in ("divmod", "rdivmod"):
    setattr(StandIn, f"__{_name}__", _both)
