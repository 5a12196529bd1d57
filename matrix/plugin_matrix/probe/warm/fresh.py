"""Bring a forked process into the state of an interpreter that has just started."""

from __future__ import annotations

import os
import sys
from _signal import (  # type: ignore[import-not-found] # `signal` makes enumerations of its names
    SIG_IGN,
    SIGINT,
    SIGPIPE,
    SIGXFSZ,
    default_int_handler,
    set_wakeup_fd,
    signal,
)
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .vault import Vault

_STARTING_IGNORES = (SIGPIPE, SIGXFSZ)
_SITE_FAILED = 1
_KNOWS_PLACE_BEFORE_SITE = (3, 14)
"""From here on `sys.prefix` is the virtual environment's before `site` runs."""


class Start:
    """What an interpreter of an environment has when it starts, taken from one that just has."""

    def __init__(self, path: Sequence[str]) -> None:
        """Remember this interpreter; `path` is `sys.path` before `site` has added to it."""
        self._path = tuple(path)
        self._builtins = dict(vars(sys.modules["builtins"]))
        for name in ("exit", "quit", "copyright", "credits", "license", "help", "_"):
            self._builtins.pop(name, None)  # `site` adds them
        self._hooks = {name: getattr(sys, name) for name in ("excepthook", "displayhook", "unraisablehook")}
        self._recursion = sys.getrecursionlimit()
        self._is_its_base = _base_executable() == sys.executable

    def again(self, vault: Vault, executable: str, argv: Sequence[str], environment: dict[str, str]) -> None:
        """Start: `argv` is what the interpreter was called with, its program in front.

        Ends the process, as the start of an interpreter does, when `site` cannot be imported.
        """
        vault.hide()
        prefix = os.path.dirname(os.path.dirname(executable))
        vault.placed_at(executable, prefix)
        _environ(environment)
        _signals()
        names = vars(sys.modules["builtins"])
        for name in [name for name in names if name not in self._builtins]:
            del names[name]
        names.update(self._builtins)
        for name, value in self._hooks.items():
            setattr(sys, name, value)
        sys.setrecursionlimit(self._recursion)
        sys.executable = executable
        if self._is_its_base:  # before 3.11, whatever the virtual environment's link leads to
            vars(sys)["_base_executable"] = executable
        before = sys.base_prefix, sys.base_exec_prefix
        after = (prefix, prefix) if sys.version_info >= _KNOWS_PLACE_BEFORE_SITE else before
        sys.prefix, sys.exec_prefix = after
        searched = environment.get("PYTHONPATH", "").split(os.pathsep)
        sys.path[:] = [*filter(None, searched), *self._path]
        sys.path_importer_cache.clear()
        sys.argv[:] = argv
        sys.modules["__main__"] = _main_module()
        _site()


def _base_executable() -> str:
    return str(getattr(sys, "_base_executable", ""))


def _environ(environment: dict[str, str]) -> None:
    for name in [name for name in os.environ if name not in environment]:
        del os.environ[name]
    os.environ.update(environment)


def _signals() -> None:
    set_wakeup_fd(-1)
    for number in _STARTING_IGNORES:
        signal(number, SIG_IGN)
    signal(SIGINT, default_int_handler)


def _main_module() -> ModuleType:
    main = ModuleType("__main__")
    vars(main).update(
        __annotations__={},
        __builtins__=sys.modules["builtins"],
        __loader__=sys.modules["_frozen_importlib"].BuiltinImporter,
    )
    return main


def _site() -> None:
    """Import `site`, which runs the customisation modules; a failure there is the end, as in any start."""
    try:
        import site  # noqa: PLC0415, F401 - it runs when it is imported
    except BaseException as error:  # noqa: BLE001 - Python catches it too
        _say(error)
        os._exit(_SITE_FAILED)


def _say(error: BaseException) -> None:
    sys.stderr.write("Fatal Python error: init_import_site: Failed to import the site module\n")
    sys.stderr.write("Python runtime state: initialized\n")
    sys.__excepthook__(type(error), error, error.__traceback__)
    sys.stderr.flush()
