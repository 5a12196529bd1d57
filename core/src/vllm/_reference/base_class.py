"""Base classes with exactly the members and signatures that a release has."""

from __future__ import annotations

import abc
import contextlib
import functools
import importlib
import os
import types
import warnings
from importlib.machinery import SourceFileLoader
from typing import Any, Callable, Dict, Mapping, NoReturn, Optional, Tuple

from vllm._reference.missing import record
from vllm._reference.release import FACTS

_DECORATORS: Dict[str, Callable[[Any], Any]] = {
    "abstractmethod": abc.abstractmethod,
    "classmethod": classmethod,
    "contextmanager": contextlib.contextmanager,
    "lru_cache": functools.lru_cache(maxsize=None),
    "property": property,
    "staticmethod": staticmethod,
}


def has_class(name: str) -> bool:
    """Tell whether the history has the class at this release."""
    return name in FACTS["classes"]


def define_class(
    name: str,
    module_globals: Dict[str, Any],
    overrides: Optional[Mapping[str, Any]] = None,
    *,
    bases: Tuple[Any, ...] = (),
    key: Optional[str] = None,
    doc: Optional[str] = None,
) -> Any:
    """Build the class `name` with the members of this release.

    `overrides` gives bodies by member name: a callable gets self or cls, then the arguments in the order of
    the signature, keyword-only ones by keyword; for an attribute it is the value. Overrides of members that
    this release does not have are left out. A member without an override does what the data says of the
    real body;
    one whose body is more than the data can say raises and is recorded as not modelled. Names in bodies,
    and defaults, are looked up in `module_globals`; torch is imported when a body that names it runs.
    `key` is the class's name in the data where that differs from `name`.
    """
    chosen = dict(overrides or {})
    subject = key or name
    namespace: Dict[str, Any] = {"__module__": module_globals["__name__"], "__doc__": doc}
    annotations: Dict[str, str] = {}
    abstract = False
    for member, make, told, default in _members(subject, module_globals):
        if make is None:
            annotations[member] = told
            if member in chosen:
                namespace[member] = chosen[member]
            elif default is not None:
                namespace[member] = default() if callable(default) else _NeedsTorch(default)
            continue
        function = make(chosen.get(member), _refuse)
        function.__qualname__ = f"{name}.{member}"
        for decorator, argument in reversed(told):
            abstract = abstract or decorator == "abstractmethod"
            decorate = _deprecated(argument) if decorator == "deprecated" else _DECORATORS[decorator]
            function = decorate(function)
        namespace[member] = function
    namespace["__annotations__"] = annotations
    if abstract and not any(isinstance(base, abc.ABCMeta) for base in bases):
        bases = (abc.ABC, *bases)
    return types.new_class(name, bases, {}, lambda made: made.update(namespace))


def _members(subject: str, module_globals: Dict[str, Any]) -> Any:
    """Return what the build has written of a class, as of the module that defines it."""
    path = os.path.join(os.path.dirname(__file__), "classes", f"{subject}.py")
    made: Dict[str, Any] = {}
    # The data is ours, so executing it is safe.
    exec(SourceFileLoader(subject, path).get_code(subject), module_globals, made)  # noqa: S102
    return made["MEMBERS"]


class _NeedsTorch:
    """A class attribute whose value names torch: made when it is asked for."""

    def __init__(self, expression: str) -> None:
        self._expression = expression

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return eval(self._expression, {"torch": importlib.import_module("torch")})  # noqa: S307 (our data)


def _deprecated(message: str) -> Callable[[Any], Any]:
    """Return a decorator that warns at each call, as `typing_extensions.deprecated` does."""

    def decorate(function: Any) -> Any:
        @functools.wraps(function)
        def warn(*args: Any, **kwargs: Any) -> Any:
            warnings.warn(message, DeprecationWarning, stacklevel=2)
            return function(*args, **kwargs)

        return warn

    return decorate


def _refuse(subject: str) -> NoReturn:
    record(subject)
    raise NotImplementedError(f"the reference engine does not model {subject}")
