"""The first process of a cell as the harness holds it: executed, or a fork of a warm interpreter."""

import os
import select
import signal
import socket
import subprocess
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from typing import Protocol

from plugin_matrix.errors import SandboxError
from plugin_matrix.sandbox.connection import Connection, NotWarmError

_CREDENTIALS = 3 * 4
"""Bytes of `struct ucred`: process, user, group."""
_FORK_SECONDS = 60.0


class FirstProcess(Protocol):
    """A first process, and what it writes to."""

    status: int
    """Descriptor to read what it tells from."""
    output: int
    """Descriptor to read what the program prints from."""
    pid: int

    def kill(self) -> None:
        """Kill it, and with it all that it has started where it is process 1 of a namespace."""

    def hang_up(self) -> None:
        """Close both descriptors: whoever still writes to them gets an error instead of waiting."""

    def has_ended(self, seconds: float | None) -> bool:
        """Wait for its end, without a bound for None; tell whether it has come."""
        ...


Starter = Callable[[int, int], FirstProcess]
"""Starts a first process, given the descriptors of its request and of its control pipe."""


class Executed:
    """A program that was started for one cell."""

    def __init__(self, launcher: Sequence[str], request: int, control: int) -> None:
        """Execute it; raises `SandboxError`."""
        self.status, status = os.pipe()
        descriptors = (request, control, status)
        try:
            self._process = subprocess.Popen(
                [*launcher, *map(str, descriptors)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env={"LC_ALL": "C"},
                cwd="/",
                pass_fds=descriptors,
                # No controlling terminal: a cell could type into it (TIOCSTI).
                start_new_session=True,
            )
        except OSError as error:
            os.close(self.status)
            raise SandboxError(
                f"A cell could not be started: {error}.", next_step="End other programs and run again."
            ) from None
        finally:
            os.close(status)
        if self._process.stdout is None:
            raise AssertionError("started with a pipe")
        self.output = self._process.stdout.fileno()
        self.pid = self._process.pid

    def kill(self) -> None:
        """Kill it."""
        self._process.kill()

    def hang_up(self) -> None:
        """Close both descriptors."""
        os.close(self.status)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def has_ended(self, seconds: float | None) -> bool:
        """Wait for its end."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True


class Forked:
    """A fork of a warm interpreter, which is its parent."""

    def __init__(self, interpreter: Connection, entrances: Sequence[str], request: int, control: int) -> None:
        """Let it fork, with leave to enter control groups; raises `NotWarmError`, or `OSError` for those."""
        with ExitStack() as stack:
            mine, theirs = socket.socketpair()
            stack.callback(theirs.close)
            failed = stack.enter_context(ExitStack())
            failed.callback(mine.close)
            mine.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            self.output, output = os.pipe()
            failed.callback(os.close, self.output)
            stack.callback(os.close, output)
            groups = []
            for entrance in entrances:
                groups.append(os.open(entrance, os.O_WRONLY | os.O_CLOEXEC))
                stack.callback(os.close, groups[-1])
            interpreter.hand_over(b"C", [request, control, theirs.fileno(), output, *groups])
            theirs.close()
            mine.settimeout(_FORK_SECONDS)
            self.pid = _sender(mine)
            self._watched: int | None = None
            """Tells of its end; None when it has come."""
            with suppress(ProcessLookupError):
                self._watched = os.pidfd_open(self.pid)
            failed.pop_all()
        mine.settimeout(None)
        self._socket = mine
        self.status = mine.fileno()

    def kill(self) -> None:
        """Kill it."""
        if self._watched is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._watched, signal.SIGKILL)

    def hang_up(self) -> None:
        """Close both descriptors."""
        self._socket.close()
        os.close(self.output)

    def has_ended(self, seconds: float | None) -> bool:
        """Wait for its end."""
        if self._watched is None:
            return True
        if not select.select([self._watched], [], [], seconds)[0]:
            return False
        os.close(self._watched)
        self._watched = None
        return True


def _sender(connected: socket.socket) -> int:
    """Return the process id, as seen from here, of who sent the first byte."""
    try:
        data, ancillary, _, _ = connected.recvmsg(1, socket.CMSG_SPACE(_CREDENTIALS))
    except OSError as error:
        raise NotWarmError(f"It did not fork: {error}.") from None
    for level, kind, content in ancillary:
        if data and level == socket.SOL_SOCKET and kind == socket.SCM_CREDENTIALS:
            return int.from_bytes(content[:4], "little", signed=True)
    raise NotWarmError("A fork of it ended before it said who it is.")
