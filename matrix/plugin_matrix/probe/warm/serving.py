"""The prepared interpreter of this process: what it has imported ahead, and starts made from it."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from importlib import import_module

from .command_line import look_like
from .fresh import Start
from .pages import collapse
from .vault import Vault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType
    from typing import Any, NoReturn

PACKAGE = __name__.rpartition(".warm.")[0]
_ENTRY_POINTS_READ = b"[torch.backends]"
"""A group of entry points that is read while torch is imported."""
_STANDARD = (
    *("argparse", "ast", "asyncio", "base64", "bisect", "calendar", "collections.abc", "concurrent.futures"),
    *("contextlib", "copy", "copyreg", "csv", "ctypes", "dataclasses", "datetime", "decimal", "difflib"),
    *(
        "email.message",
        "enum",
        "fractions",
        "functools",
        "getpass",
        "glob",
        "hashlib",
        "heapq",
        "hmac",
        "html",
    ),
    *("http.client", "importlib.abc", "importlib.metadata", "importlib.resources", "importlib.util"),
    *("inspect", "io", "ipaddress", "itertools", "json", "locale", "logging.config", "logging.handlers"),
    *("multiprocessing.connection", "multiprocessing.popen_fork", "multiprocessing.popen_spawn_posix"),
    *("multiprocessing.queues", "multiprocessing.resource_tracker", "multiprocessing.spawn"),
    *("multiprocessing.synchronize", "numbers", "operator", "pathlib", "pickle", "platform", "pprint"),
    *("queue", "random", "re", "select", "selectors", "shlex", "shutil", "signal", "socket", "ssl", "stat"),
    *(
        "string",
        "struct",
        "subprocess",
        "sysconfig",
        "tempfile",
        "textwrap",
        "threading",
        "time",
        "traceback",
    ),
    *("types", "typing", "unittest.mock", "urllib.parse", "urllib.request", "uuid", "warnings", "weakref"),
    *("zipfile", "zlib"),
)
"""What engines and plugins are likely to import; a module that a Python lacks is left out."""
_OWN = (
    *(
        "driver",
        "zygote",
        "spare",
        "ending",
        "context",
        "engine",
        "origin",
        "state",
        "tracebacks",
        "discovery",
    ),
    *("scenario", "scenario.load", "scenario.register", "scenario.filter_case", "scenario.concurrent"),
    *("scenario.child", "scenario.platform", "scenario.component", "worker"),
)

_vault: Vault | None = None
_start: Start | None = None
_instead: Any = None


def prepare(fresh: Sequence[str], path: Sequence[str], preload: Sequence[str], instead: Any) -> None:
    """Import ahead, once in this process; `instead` is the exception that empties the stack of a child."""
    global _vault, _start, _instead  # noqa: PLW0603 - the interpreter is the state
    _instead = instead
    _start = Start(path)
    vault = Vault(fresh)

    own = [name for name in sys.modules if name == PACKAGE or name.startswith(f"{PACKAGE}.")]
    known = {name: sys.modules[name] for name in own}

    def importing() -> None:
        sys.modules.update(known)
        for name in _OWN:
            import_module(f"{PACKAGE}.{name}")
        for name in (*_STANDARD, *preload):
            with suppress(ImportError):
                import_module(name)

    vault.record(importing)
    _vault = vault
    sys.path_importer_cache.clear()  # Each start would, and copy what it takes apart.
    gc.collect()
    # What is there stays, and is neither looked through nor copied by the children.
    gc.freeze()


def settle() -> None:
    """Make forks cheaper, at the price of what the first few would save."""
    ctypes = kept("ctypes")
    if ctypes is not None:
        collapse(ctypes)


def is_warm() -> bool:
    """Tell whether this process was forked from a prepared one."""
    return _vault is not None


def main(argv: list[str]) -> int:
    """Run the driver as executing `argv` would: an interpreter, its options, the probe's file, arguments."""
    if _vault is None:
        raise RuntimeError("nothing was prepared")
    global _executable  # noqa: PLW0603 - as above
    _executable = argv[0]
    look_like(argv)
    program = next(place for place, word in enumerate(argv) if word.endswith("__main__.py"))
    arguments = argv[program + 1 :]
    show()
    sys.modules[__name__] = _vault.package(__name__)
    driver: Any = import_module(f"{PACKAGE}.driver")
    status: int = driver.main(arguments)
    return status


_executable = ""


def show() -> None:
    """Put the probe's package where its modules find it."""
    if _vault is not None:
        sys.modules[PACKAGE] = _vault.package(PACKAGE)


def kept(name: str) -> ModuleType | None:
    """Return a module that was imported ahead, whether anybody has imported it or not."""
    return None if _vault is None else _vault.kept(name)


def let_go() -> None:
    """Run the exit handlers, and keep Python from taking apart what was imported ahead when it ends."""
    if _vault is not None:
        _vault.let_go()


def executable() -> str:
    """Return the environment's interpreter: this process is one of the base's."""
    return _executable or sys.executable


def fits(search_path: Sequence[str]) -> bool:
    """Tell whether an interpreter with `search_path` would have imported what was imported ahead."""
    if _vault is None:
        return False
    kept = _vault.tops
    for directory in search_path:
        try:
            names = os.listdir(directory)
        except OSError:
            continue
        for name in names:
            if name.partition(".")[0] in kept and not name.endswith((".dist-info", ".pth", ".data")):
                return False
            if name.endswith(".dist-info") and _declares_backends(os.path.join(directory, name)):
                return False
    return True


def _declares_backends(information: str) -> bool:
    try:
        with open(os.path.join(information, "entry_points.txt"), "rb") as file:
            return _ENTRY_POINTS_READ in file.read()
    except OSError:
        return False


def start_again(
    argv: Sequence[str],
    environment: dict[str, str],
    run: Callable[[], Any],
    *,
    command: Sequence[str] | None = None,
) -> NoReturn:
    """Make this process an interpreter that has just started, and call `run` with an empty stack.

    `argv` is its `sys.argv`, `command` what stands after its name on its command line; `-B` and `argv` when
    left out. This process must be a child: it leaves all it was doing.
    """
    from .. import processes  # noqa: PLC0415 - a child of a scenario is in the middle of it

    def begin() -> NoReturn:
        if _vault is None or _start is None:
            raise RuntimeError("nothing was prepared")
        look_like([executable(), *(["-B", *argv] if command is None else command)], environment)
        _start.again(_vault, executable(), argv, environment)
        raise _instead(run)

    processes.leaving = (_instead,)
    raise _instead(begin)
