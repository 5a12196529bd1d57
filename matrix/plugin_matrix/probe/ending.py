"""The end of a fork that is an interpreter: as Python ends, but for what was imported ahead.

Python takes every module apart when it ends, and after that libraries do the same with what they have. Of
what a fork shares with its parents that copies all the memory, for nothing. So after its exit handlers it
takes those modules out of `sys.modules`, and Python leaves them; and it ends before the turn of libraries
that were loaded ahead.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, Callable, NoReturn

_OURS = os.path.dirname(os.path.abspath(__file__)) + os.sep


def leave_libraries(warm: Any) -> None:
    """Let this process end, when it does, where the handlers come that are registered with C by now."""
    libc = warm.kept("ctypes").CDLL(None)
    if hasattr(libc, "on_exit"):  # glibc's
        libc.on_exit(libc._exit, None)
        # What was registered last comes first.
        libc.__cxa_atexit(libc.fflush, None, None)


def run_to_the_end(program: Callable[[], None], warm: Any) -> NoReturn:
    """Run a program at the bottom of the stack and end as Python does (`Py_RunMain` in `Modules/main.c`)."""
    status, interrupted = 0, False
    try:
        program()
    except SystemExit as error:
        status = _status(error.code)
    except BaseException as error:  # noqa: BLE001 - whatever it is, Python shows it
        shown = error.with_traceback(_without_ours(error.__traceback__))
        sys.excepthook(type(shown), shown, shown.__traceback__)
        status = 1
        interrupted = isinstance(error, KeyboardInterrupt)
    _run_exit_handlers(warm)
    if interrupted:  # Python ends by the signal, and has shown it.
        sys.excepthook = lambda *_: None
        raise KeyboardInterrupt
    sys.exit(status)


def _without_ours(trace: TracebackType | None) -> TracebackType | None:
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_OURS):
        trace = trace.tb_next
    return trace


def _status(code: Any) -> int:
    """Return the status of a `SystemExit` (`handle_system_exit` in `Python/pythonrun.c`)."""
    if code is None or isinstance(code, int):
        return code or 0
    with suppress(Exception):
        sys.stderr.write(f"{code}\n")
    return 1


def _run_exit_handlers(warm: Any) -> None:
    """Do what comes first in `Py_FinalizeEx` (`Python/pylifecycle.c`), and let go of what came ahead."""
    threading = sys.modules.get("threading")
    if threading is not None and threading is not warm.kept("threading"):
        return
    with suppress(Exception):
        if threading is not None:
            threading._shutdown()
    warm.let_go()
