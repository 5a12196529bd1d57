"""What each kind of program does; `plugin_matrix.model.witness` has the kinds.

A program returns None where it works. Where it fails at its point it raises `FailedError`, and where it does
not come that far `NotReachedError`.
"""

from __future__ import annotations

import dataclasses
import dis
import inspect
import types
from importlib import import_module
from typing import TYPE_CHECKING, Any, Callable, NoReturn

from .reaching import NotReachedError, import_or_say, is_absent, reach, reach_any, signature_at
from .shapes import Shape, bind, calls_in, demanded, signature_of

if TYPE_CHECKING:
    Told = dict[str, Any]
    """A program's fields, as JSON has them."""

_NOT_GIVEN = frozenset(("__class__", "__dict__", "__init_subclass__", "__new__", "__slots__", "__weakref__"))


class FailedError(Exception):
    """The program fails at its point; the cause is what was raised, where something was."""


class NoCallError(Exception):
    """vLLM does not make the call that the program is about."""


def _import(told: Told) -> None:
    module, name = told["module"], told.get("name")
    if name is None:
        try:
            import_module(module)
        except Exception as error:
            if is_absent(error, module):
                raise FailedError from error
            raise NotReachedError(f"importing {module} raises {type(error).__name__}: {error}") from error
        return
    holder = import_or_say(module)
    if hasattr(holder, name):
        return
    try:
        import_module(f"{module}.{name}")
    except Exception as error:
        if is_absent(error, f"{module}.{name}"):
            raise FailedError from ImportError(f"cannot import name {name!r} from {module!r}")
        raise NotReachedError(f"importing {module}.{name} raises {type(error).__name__}: {error}") from error


def _look_up(told: Told) -> None:
    owners, name, elsewhere = tuple(told["owners"]), told["name"], told.get("elsewhere")
    try:
        holders = [reach(owner) for owner in owners]
    except NotReachedError as error:
        if elsewhere is None:
            if not told.get("instance") and is_absent(error.__cause__, owners[0]):
                raise FailedError from error.__cause__
            raise
        holders = [reach(elsewhere)]
    if told.get("instance"):
        if not any(_may_have(_class(holder), name) for holder in holders):
            _fail(f"{owners[0]} has no attribute {name!r}, and nothing sets one")
    elif not any(_has(owner, holder, name) for owner, holder in zip(owners, holders)):
        _fail(f"{owners[0]} has no attribute {name!r}")


def _has(path: str, holder: Any, name: str) -> bool:
    if hasattr(holder, name):
        return True
    if not isinstance(holder, types.ModuleType) or not hasattr(holder, "__path__"):
        return False
    try:
        import_module(f"{path}.{name}")
    except Exception as error:
        if is_absent(error, f"{path}.{name}"):
            return False
        raise NotReachedError(f"importing {path}.{name} raises {type(error).__name__}: {error}") from error
    return True


def _may_have(kind: type, name: str) -> bool:
    for base in kind.__mro__:
        if name in vars(base) or name in vars(base).get("__annotations__", ()):
            return True
        if "__getattr__" in vars(base):
            raise NotReachedError(f"instances of {base.__qualname__} have attributes that only running shows")
        for function in vars(base).values():
            code = getattr(getattr(function, "__func__", function), "__code__", None)
            if code is not None and any(
                one.opname == "STORE_ATTR" and one.argval == name for one in dis.get_instructions(code)
            ):
                return True
    return False


def _class(value: Any) -> type:
    if isinstance(value, type):
        return value
    raise NotReachedError(f"{value!r:.100} is no class")


def _bind(told: Told) -> None:
    path, value = reach_any(tuple(told["paths"]))
    signature = signature_at(path, value, bound=told.get("bound", False))
    _try(lambda: bind(signature, Shape.of(told["shape"])), TypeError)


def _take(told: Told) -> None:
    path, value = reach_any(tuple(told["paths"]))
    theirs = signature_at(path, value, bound=told.get("bound", False))
    mine = signature_of(told["signature"])
    if told.get("shape") is None:
        shape = demanded(theirs)
    else:
        shape = Shape.of(told["shape"])
        try:
            bind(theirs, shape)
        except TypeError as error:
            raise NoCallError(f"{path} takes no such call itself: {error}") from error
        if told.get("caller") and shape not in calls_in(told["caller"], path.rpartition(".")[2]):
            raise NoCallError(f"{told['caller']} makes no such call")
    _try(lambda: bind(mine, shape), TypeError)


def _instance(told: Told) -> None:
    bases = tuple(_class(reach(base)) for base in told["bases"])
    given = {name: _nothing for name in told["members"] if name not in _NOT_GIVEN}
    try:
        made = types.new_class("A", bases, exec_body=lambda space: space.update(given))
    except Exception as error:
        raise NotReachedError(f"deriving raises {type(error).__name__}: {error}") from error
    if told["left_out"] in getattr(made, "__abstractmethods__", ()):
        _try(lambda: object.__new__(made), TypeError)


def _nothing(*_arguments: Any, **_named: Any) -> None:
    pass


def _dataclass(told: Told) -> None:
    base = _class(reach(told["base"]))
    fields: dict[str, Any] = {name: None for name, has_default in told["fields"] if has_default}
    fields["__annotations__"] = {name: object for name, _ in told["fields"]}
    try:
        made = types.new_class("A", (base,), exec_body=lambda space: space.update(fields))
    except Exception as error:
        raise NotReachedError(f"deriving raises {type(error).__name__}: {error}") from error
    _try(lambda: dataclasses.dataclass(made), TypeError)


def _kind(told: Told) -> None:
    path, _ = reach_any(tuple(told["paths"]))
    owner, _, name = path.rpartition(".")
    raw = inspect.getattr_static(_class(reach(owner)), name)
    if isinstance(raw, (staticmethod, classmethod)):
        kind = "class or static method"
    elif isinstance(raw, types.FunctionType):
        kind = "method"
    elif isinstance(raw, property) or type(raw).__name__ == "cached_property":
        kind = "property"
    else:
        raise NotReachedError(f"{path} is a {type(raw).__name__}")
    if kind != told["kind"] and (kind, told["kind"]) != ("method", "class or static method"):
        _fail(f"{path} is a {kind}")


def _try(act: Callable[[], object], expected: type[BaseException]) -> None:
    try:
        act()
    except expected as error:
        raise FailedError from error


def _fail(message: str) -> NoReturn:
    raise FailedError from AttributeError(message)


PROGRAMS: dict[str, Callable[[dict[str, Any]], None]] = {
    "import": _import,
    "look-up": _look_up,
    "bind": _bind,
    "take": _take,
    "instance": _instance,
    "dataclass": _dataclass,
    "kind": _kind,
}
