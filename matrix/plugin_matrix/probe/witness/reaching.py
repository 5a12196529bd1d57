"""Get to what a dotted path names in the engine."""

from __future__ import annotations

import inspect
from importlib import import_module
from types import ModuleType
from typing import Any, Callable


class NotReachedError(Exception):
    """The program did not come to its point; the message says why."""


def reach(path: str) -> Any:
    """Return what `path` names, importing modules on the way; raises `NotReachedError`."""
    parts = path.split(".")
    value: Any = None
    for place in range(1, len(parts) + 1):
        value = _next(value, ".".join(parts[:place]), parts[place - 1])
    return value


def reach_any(paths: tuple[str, ...]) -> tuple[str, Any]:
    """Return the first of `paths` that leads somewhere, and where; raises `NotReachedError`."""
    first, *others = paths
    try:
        return first, reach(first)
    except NotReachedError:
        if not others:
            raise
    return reach_any(tuple(others))


def import_or_say(module: str) -> Any:
    """Import a module; raises `NotReachedError` with what the import raised."""
    try:
        return import_module(module)
    except Exception as error:
        raise NotReachedError(f"importing {module} raises {type(error).__name__}: {error}") from error


def is_absent(error: BaseException | None, path: str) -> bool:
    """Tell whether an import failed because the module `path`, or one above it, is not there."""
    name = error.name if isinstance(error, ModuleNotFoundError) else None
    return name is not None and (path == name or path.startswith(f"{name}."))


def _next(value: Any, path: str, name: str) -> Any:
    if value is None:
        return import_or_say(path)
    absent: ModuleNotFoundError | None = None
    if isinstance(value, ModuleType) and name not in vars(value) and hasattr(value, "__path__"):
        try:
            return import_module(path)
        except Exception as error:
            if not is_absent(error, path):
                raise NotReachedError(f"importing {path} raises {type(error).__name__}: {error}") from error
            absent = error  # type: ignore[assignment] # that is what it is then
    try:
        return getattr(value, name)
    except AttributeError as error:
        raise NotReachedError(f"{path} is not there: {absent or error}") from absent or error
    except Exception as error:
        raise NotReachedError(f"{path} raises {type(error).__name__}: {error}") from error


def signature_at(path: str, value: Any, *, bound: bool) -> inspect.Signature:
    """Return what a call of what `path` names takes, through an instance where it is `bound`."""
    owner, _, name = path.rpartition(".")
    holder = reach(owner)
    if not isinstance(holder, type):
        return _signature(path, value)
    raw = inspect.getattr_static(holder, name)
    if isinstance(raw, property) or not callable(getattr(raw, "__func__", raw)):
        raise NotReachedError(f"{path} is no function")
    if isinstance(raw, type):
        return _signature(path, raw)
    whole = _signature(path, getattr(raw, "__func__", raw))
    filled = isinstance(raw, classmethod) or (bound and not isinstance(raw, staticmethod))
    return _without_first(whole) if filled else whole


def _signature(path: str, value: Callable[..., Any]) -> inspect.Signature:
    try:
        return inspect.signature(value)
    except (TypeError, ValueError) as error:
        raise NotReachedError(f"the signature of {path} cannot be told: {error}") from error


def _without_first(signature: inspect.Signature) -> inspect.Signature:
    parameters = list(signature.parameters.values())
    if parameters and parameters[0].kind <= inspect.Parameter.POSITIONAL_OR_KEYWORD:
        return signature.replace(parameters=parameters[1:])
    return signature
