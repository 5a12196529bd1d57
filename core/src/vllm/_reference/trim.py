"""Hiding in a module what the real one does not have at this release."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any, Dict, Iterable, Set

from vllm._reference.release import FACTS

_KEY = "__trimmed__"


class _Trimmed(ModuleType):
    """A module whose own functions see every global, and nobody else sees the trimmed ones."""

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__
        if name in found("__dict__").get(_KEY, ()):
            raise AttributeError(f"module {found('__name__')!r} has no attribute {name!r}")
        return found(name)

    def __setattr__(self, name: str, value: Any) -> None:
        self.__dict__[_KEY].discard(name)
        super().__setattr__(name, value)

    def __dir__(self) -> Iterable[str]:
        hidden: Set[str] = self.__dict__[_KEY]
        return [name for name in super().__dir__() if name not in hidden and name != _KEY]


def trim(module_globals: Dict[str, Any]) -> None:
    """Hide names that other releases have in this module and this one has not; call it last in a module.

    Names that no release ever had there stay visible: they are not part of the interface. Star imports
    leave the hidden ones out. A module run as `__main__` keeps everything.
    """
    module = sys.modules.get(module_globals["__name__"])
    hidden = set(FACTS["removed_names"].get(module_globals["__name__"], ()))
    hidden.intersection_update(module_globals)
    if module is None or not hidden:
        return
    module_globals[_KEY] = hidden
    module.__class__ = _Trimmed
    # Without a list, a star import would ask for every global.
    listed = module_globals.get("__all__", [name for name in module_globals if not name.startswith("_")])
    module_globals["__all__"] = [name for name in listed if name not in hidden]
