"""An interpreter that has imported ahead and forks a child for each cell; both sandboxes start it.

Called with one argument, hexadecimal: a marshalled `Settings`. As `python -I -S -B` it learns what an
interpreter has before `site` runs, gives up what rights it does not need, and executes the program in its
place, with the options and environment that a cell's interpreter has. The program prepares, and calls `serve`
of this module: it says `Y` on its connection, and from then on every message is bytes for the cell's first
process and the descriptors that this takes over.

It reads nothing of what a cell is asked: the child does. So there is nothing of one cell in the memory that
the next is forked from. A child begins with an empty stack: it raises `Instead`, and the program, whose
outermost function catches that, calls what it carries.
"""

# Whatever is imported here before the program has prepared is imported twice.
# ruff: noqa: PTH123, PTH208

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` would make enumerations of it
import marshal
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any, TypedDict

    class Settings(TypedDict):
        """What the interpreter is told; what begins with `at_` is filled in by the first stage."""

        connection: int
        """Descriptor of a socket of the harness; -1 where the cell module's `connect` gives it."""
        cell: str
        """File of the module that has the cell's first process."""
        place: dict[str, Any]
        """What that module wants to know."""
        program: str
        """Script; see `plugin_matrix.sandbox.protocol.Warm`."""
        preload: list[str]
        path: list[str]
        """Directories of modules behind the standard library's."""
        environment: dict[str, str]
        fresh: list[str]
        standard: list[str]


READY, REFUSED = b"Y", b"N"
_NOT_YET = ("site", "_sitebuiltins", "__future__")
"""What is there for this module's sake alone."""
_MESSAGE = 1 << 16
_MOST_DESCRIPTORS = 16
_SECONDS = 1.0
_FEW = 2
"""Cells, for which an interpreter does not settle."""


class Instead(BaseException):
    """Leaves everything that a forked process was doing."""

    def __init__(self, action: Callable[[], None]) -> None:
        super().__init__()
        self.action = action


def main() -> None:
    """Note what is there before `site`, take the place of the interpreter, and start the program in it."""
    import site  # noqa: F401, PLC0415 - without being run: it brings modules that every interpreter has

    settings: Settings = marshal.loads(bytes.fromhex(sys.argv[1]))  # noqa: S302 - the harness's
    settings["fresh"] = [name for name in sys.modules if name not in _NOT_YET]
    settings["standard"] = list(sys.path)
    settings["connection"] = _module(settings["cell"]).take_place(settings["connection"], settings["place"])
    os.set_inheritable(settings["connection"], True)  # noqa: FBT003 - the signature is Python's
    argv = [sys.executable, "-B", settings["program"], __file__, marshal.dumps(dict(settings)).hex()]
    os.execve(sys.executable, argv, settings["environment"])  # noqa: S606 - a shell is not wanted


def serve(settings: Settings, program: Callable[[list[str]], int], settle: Callable[[], None]) -> None:
    """Serve cells, whose program is `program`, until the harness is gone; raises `Instead` in every child.

    `settle` makes forks cheaper, once there have been so many that it pays.
    """
    import socket  # noqa: PLC0415 - not before the program has prepared

    os.set_inheritable(settings["connection"], False)  # noqa: FBT003 - as above
    connection = socket.socket(fileno=settings["connection"])
    cell: Any = _module(settings["cell"])
    threads = len(os.listdir("/proc/self/task"))
    if threads != 1:
        connection.sendall(REFUSED + f"it has {threads} threads after its imports".encode())
        return
    connection.sendall(READY)
    _Server(connection, cell, settings["place"], program, settle).run()


class _Server:
    """Forks, and reaps what it has forked and what is left to it."""

    def __init__(
        self,
        connection: Any,
        cell: Any,
        place: dict[str, Any],
        program: Callable[[list[str]], int],
        settle: Callable[[], None],
    ) -> None:
        self._connection = connection
        self._cell = cell
        self._place = place
        self._program = program
        self._settle = settle
        self._served = 0
        # Whoever looks for what cells have left shall not find those that ended and were not reaped yet.
        self._awake, self._wake = os.pipe()
        os.set_blocking(self._awake, False)
        os.set_blocking(self._wake, False)
        _signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        _signal.signal(_signal.SIGCHLD, lambda *_: None)

    def run(self) -> None:
        """Serve until the harness hangs up, or is gone."""
        import select  # noqa: PLC0415 - as in `serve`

        poll = select.poll()
        poll.register(self._connection, select.POLLIN)
        poll.register(self._awake, select.POLLIN)
        while True:
            ready = [descriptor for descriptor, _ in poll.poll(_SECONDS * 1000)]
            if self._awake in ready:
                os.read(self._awake, _MESSAGE)
            self._reap()
            if self._connection.fileno() in ready:
                if not self._fork_for_next():
                    return
            elif self._cell.is_abandoned(self._place):
                return

    def _reap(self) -> None:
        while True:
            try:
                ended, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not ended:
                return

    def _fork_for_next(self) -> bool:
        from functools import partial  # noqa: PLC0415 - as in `serve`
        from socket import recv_fds  # noqa: PLC0415 - as in `serve`

        data, descriptors, _, _ = recv_fds(self._connection, _MESSAGE, _MOST_DESCRIPTORS)
        if not data:
            return False
        if self._served == _FEW:
            self._settle()
        self._served += 1
        if not os.fork():
            _signal.set_wakeup_fd(-1)
            _signal.signal(_signal.SIGCHLD, _signal.SIG_DFL)
            os.close(self._awake)
            os.close(self._wake)
            self._connection.close()
            raise Instead(partial(self._cell.serve, data, descriptors, self._place, self._program))
        for descriptor in descriptors:
            os.close(descriptor)
        return True


def _module(file: str) -> ModuleType:
    """Return a module of ours that is in no place where anybody would find it."""
    module = type(sys)("cell")
    names = vars(module)
    names["__file__"] = file
    with open(file, "rb") as source:
        exec(compile(source.read(), file, "exec"), names)  # noqa: S102 - a file of ours
    names["Instead"] = Instead
    return module


if __name__ == "__main__":
    main()
