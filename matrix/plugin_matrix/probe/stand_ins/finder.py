"""The finder that is asked last, and the modules that it makes."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from opcode import EXTENDED_ARG, opmap
from types import ModuleType
from typing import TYPE_CHECKING, Any

from .guarded import copes
from .record import note
from .value import WORD, attribute_of
from .vendors import join_torch

if TYPE_CHECKING:
    from types import FrameType

    from ..origin import Origins

NEVER = frozenset(("vllm", "torch"))
_STANDARD_LIBRARY = frozenset(getattr(sys, "stdlib_module_names", ())) | {
    *("_typeshed", "annotationlib", "asynchat", "asyncore", "cgi", "compression", "distutils", "imp"),
    *("lib2to3", "pipes", "smtpd", "sitecustomize", "telnetlib", "tomllib", "usercustomize"),
}
"""Of all Pythons that cells run on: one that lacks some of it is no place for a stand-in."""
_IMPORT_NAME = opmap["IMPORT_NAME"]
_IMPORTING = "<frozen importlib._bootstrap"
_ASKING = ("<frozen importlib.util>", "importlib/util.py")
_BY_NAME = ("<frozen importlib>", "importlib/__init__.py")


class StandInModule(ModuleType):
    """An absent module, or one below it."""

    def __init__(self, name: str) -> None:
        """Stand in for the module `name`."""
        super().__init__(name, "A stand-in of plugin-matrix: whatever is done with it is recorded.")
        self.__path__: list[str] = [f"/nonexistent/{name.replace('.', '/')}"]
        self.__file__ = f"{self.__path__[0]}/__init__.py"

    def __getattr__(self, name: str) -> Any:
        """Return what stands in for an attribute, always the same."""
        value = attribute_of(self.__name__, name)
        setattr(self, name, value)
        return value

    def __reduce_ex__(self, protocol: object) -> tuple[Any, ...]:
        """Modules are pickled by name."""
        return StandInModule, (self.__name__,)


class _Loader:
    """Makes stand-ins."""

    @staticmethod
    def create_module(spec: ModuleSpec) -> ModuleType:
        return StandInModule(spec.name)

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        name = module.__name__
        note("import", name)
        if "." not in name:
            join_torch(name, StandInModule)


class Finder:
    """Finds what nobody else has found: the modules asked for and, where wished, those that are missed.

    A module is missed where the plugin, or what it depends on, imports it without coping with its absence.
    """

    def __init__(
        self, names: frozenset[str], origins: Origins, dependency_layers: tuple[str, ...], *, missing: bool
    ) -> None:
        """Stand in for `names`, and with `missing` for what else is missed."""
        self._names = names
        self._origins = origins
        self._layers = tuple(f"{layer}/" for layer in dependency_layers)
        self._missing = missing

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Return a spec for what a stand-in is wanted for, None for all else."""
        del path, target
        parent, _, _ = name.rpartition(".")
        if parent:
            wanted = isinstance(sys.modules.get(parent), StandInModule)
        else:
            wanted = name not in NEVER and name not in self._origins.tops and self._wanted(name)
        if not wanted:
            return None
        spec = ModuleSpec(name, _Loader, is_package=True)  # type: ignore[arg-type] # its methods are static
        spec.submodule_search_locations = [f"/nonexistent/{name.replace('.', '/')}"]
        return spec

    def _wanted(self, name: str) -> bool:
        importing, asked, by_name = _importing_frame()
        if importing is None:
            return name in self._names
        by = self._whose(importing.f_code.co_filename)
        if by == "engine":
            return False
        if name in self._names:
            return True
        if not self._missing or asked or by == "other" or name in _STANDARD_LIBRARY:
            return False
        # Compiled code has no frame, and whether it copes cannot be seen.
        return (by_name or _is_importing(importing, name)) and not self._is_coped_with(importing)

    def _whose(self, file: str) -> str:
        origin, _ = self._origins.of(file)
        return "dependency" if origin == "other" and file.startswith(self._layers) else origin

    def _is_coped_with(self, frame: FrameType | None) -> bool:
        while frame is not None:
            file = frame.f_code.co_filename
            if self._whose(file) in ("plugin", "dependency") and copes(file, frame.f_lineno):
                return True
            frame = frame.f_back
        return False


def _importing_frame() -> tuple[FrameType | None, bool, bool]:
    """Return the frame of what imports, whether it only asks for a spec, and whether it calls a function."""
    frame: FrameType | None = sys._getframe(2)
    asked = by_name = False
    while frame is not None:
        file = frame.f_code.co_filename
        if file.endswith(_ASKING):
            asked = True
        elif file.endswith(_BY_NAME):
            by_name = True
        elif file != __file__ and not file.startswith(_IMPORTING):
            break
        frame = frame.f_back
    return frame, asked, by_name


def _is_importing(frame: FrameType, name: str) -> bool:
    """Tell whether a frame stands where the top module `name` is imported, or calls `__import__`."""
    code, place = frame.f_code, frame.f_lasti
    instructions = code.co_code
    if instructions[place] != _IMPORT_NAME:
        return "__import__" in code.co_names
    argument = instructions[place + 1]
    if place >= WORD and instructions[place - WORD] == EXTENDED_ARG:
        argument |= instructions[place - 1] << 8
    return code.co_names[argument].partition(".")[0] == name
