"""Which attributes of vLLM a plugin replaced, and how deep its wrappers lie on each other.

The baseline is taken once, before any plugin code runs: per vLLM module, class and module-level
instance a copy of its dictionary. Afterwards an attribute counts as patched when it holds another
callable than at the baseline and that callable is not vLLM's own.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from types import FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

from .sameness import holds_the_same
from .text import attribute, bounded, qualified

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .origin import Origins

    _Place = tuple[str, Mapping[str, Any]]

_VISITS = 300
_CHURN = {"vllm.envs:__getattr__"}
"""vLLM wraps these itself while it runs (`vllm/envs.py` enable_envs_cache, 0.11.1)."""

_MISSING = object()
_NOTHING: dict[str, Any] = {}


def is_engine_name(name: object) -> bool:
    """Tell whether a module's name is in vLLM's own package."""
    return isinstance(name, str) and (name == "vllm" or name.startswith("vllm."))


class Patches:
    """The baseline of one process, and what has been found patched since.

    A module or class that holds the same objects as when nothing was found in it is not looked through again.
    """

    def __init__(self, origins: Origins) -> None:
        self._origins = origins
        self._below: dict[str, tuple[ModuleType, dict[str, Any], list[tuple[str, Any]]]] = {}
        """Module's name -> the module, what it held, and its classes and instances then."""
        self._baseline = {place: dict(attributes) for place, attributes in self._places()}
        self._clean = dict(self._baseline)
        self._installed: dict[str, list[Any]] = {}

    def describe(self) -> dict[str, str]:
        """Return `module:Class.attribute` -> `module.qualname depth=N` of everything patched now."""
        found: dict[str, str] = {}
        for place, attributes in self._places():
            clean = self._clean.get(place)
            if clean is not None and holds_the_same(attributes, clean):
                continue
            here = dict(self._patched(place, attributes))
            found.update(here)
            if not here:
                self._clean[place] = dict(attributes)
        return found

    def _patched(self, place: str, attributes: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        baseline = self._baseline.get(place, _NOTHING)
        for name, value in list(attributes.items()):
            before = baseline.get(name, _MISSING)
            if before is value or not (_callable_like(value) or _callable_like(before)):
                continue
            path = f"{place}.{name}" if ":" in place else f"{place}:{name}"
            if path not in _CHURN and self._is_patch(before, _core(value)):
                yield bounded(path, 500), f"{qualified(_core(value))} depth={self._depth(path, value)}"

    def _places(self) -> Iterator[_Place]:
        """Yield (`module` or `module:Name`, its dictionary) of vLLM's modules, classes and instances."""
        # There are thousands, and a snapshot is taken again and again.
        named = [name for name in list(sys.modules) if type(name) is str and name[:4] == "vllm"]
        for name in named:
            module = sys.modules.get(name)
            if not is_engine_name(name) or not isinstance(module, ModuleType):
                continue
            if name.startswith("vllm._reference"):
                continue
            namespace = vars(module)
            yield name, namespace
            known = self._below.get(name)
            if known is None or known[0] is not module or not holds_the_same(namespace, known[1]):
                known = self._below[name] = (module, dict(namespace), _below(name, namespace))
            for place, holder in known[2]:
                yield place, holder.__dict__

    def _is_patch(self, before: Any, core: Any) -> bool:
        """Tell replacements from what vLLM defines and imports late itself.

        A name that is new may be a foreign function that a module of vLLM's has imported, so there
        only the plugin's own code counts.
        """
        if isinstance(core, ModuleType) or _owner_is_engine(core):
            return False
        return before is not _MISSING or self._of_plugin(core, 3)

    def _of_plugin(self, core: Any, levels: int) -> bool:
        if isinstance(core, FunctionType):
            file = core.__code__.co_filename
        else:
            kind = core if isinstance(core, type) else type(core)
            module = sys.modules.get(str(kind.__dict__.get("__module__")))
            file = str(getattr(module, "__file__", None))
        if self._origins.of(file)[0] == "plugin":
            return True
        return levels > 0 and any(self._of_plugin(_core(inner), levels - 1) for inner in _inner(core, []))

    def _depth(self, path: str, value: Any) -> int:
        """Count the foreign layers from `value` down to vLLM's own callable.

        Followed are `__wrapped__`, closures, defaults, attributes, `functools.partial`, bases of
        classes, and globals where they hold something that was installed at this place before.
        """
        installed = self._installed.setdefault(path, [])
        depth = _layers(_core(value), installed, set(), [0])
        if not any(known is value for known in installed):
            installed.append(value)
        return depth


def nesting(value: Any) -> int:
    """Return how many foreign callables lie on each other in `value`, itself included."""
    return _layers(_core(value), [], set(), [0])


def _below(module: str, namespace: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return the classes and instances that a module of vLLM's defines."""
    found: list[tuple[str, Any]] = []
    seen: set[int] = set()
    for name, value in list(namespace.items()):
        if isinstance(value, type):
            is_own = value.__dict__.get("__module__") == module
        else:
            of_module = attribute(type(value), "__module__") == module
            is_own = of_module and isinstance(attribute(value, "__dict__"), dict)
        if is_own and id(value) not in seen:
            seen.add(id(value))
            found.append((f"{module}:{name}", value))
    return found


def _callable_like(value: Any) -> bool:
    return isinstance(value, (FunctionType, type, classmethod, staticmethod, property)) or (
        callable(value) and not isinstance(value, ModuleType)
    )


def _core(value: Any) -> Any:
    """Return the function under classmethod, staticmethod, property or a bound method."""
    if isinstance(value, (classmethod, staticmethod, MethodType)):
        return value.__func__
    if isinstance(value, property):
        return value.fget
    return value


def _owner_is_engine(core: Any) -> bool:
    """Tell whether a callable was defined in vLLM, by its globals rather than its copied names."""
    if isinstance(core, FunctionType):
        return is_engine_name(core.__globals__.get("__name__"))
    if isinstance(core, type):
        return is_engine_name(core.__dict__.get("__module__"))
    return is_engine_name(attribute(type(core), "__module__"))


def _layers(core: Any, installed: list[Any], seen: set[int], visits: list[int]) -> int:
    core = _core(core)
    if id(core) in seen or visits[0] > _VISITS or _owner_is_engine(core):
        return 0
    seen.add(id(core))
    visits[0] += 1
    if isinstance(core, type):
        return sum(1 for base in core.__mro__ if base is not object and not _owner_is_engine(base))
    below = [_layers(inner, installed, seen, visits) for inner in _inner(core, installed)]
    return 1 + max(below, default=0)


def _inner(core: Any, installed: list[Any]) -> Iterator[Any]:
    """Yield the callables a wrapper holds on to."""
    attributes = attribute(core, "__dict__")
    held: list[Any] = list(attributes.values()) if isinstance(attributes, dict) else []
    if isinstance(core, FunctionType):
        held += core.__defaults__ or ()
        held += (core.__kwdefaults__ or {}).values()
        for cell in core.__closure__ or ():
            with suppress(ValueError):  # an empty cell
                held.append(cell.cell_contents)
        names = (core.__globals__.get(name, _MISSING) for name in core.__code__.co_names)
        yield from (value for value in names if any(value is known for known in installed))
    else:
        held += (attribute(core, "func"), attribute(core, "__wrapped__"))
    yield from (value for value in held if _holds(value))


def _holds(value: Any) -> bool:
    return callable(value) and not isinstance(value, (type, ModuleType)) and value is not None
