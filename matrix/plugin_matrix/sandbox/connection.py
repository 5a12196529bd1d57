"""The harness's connection to a warm interpreter: whether it is ready, and handing a cell over to it."""

import contextlib
import os
import socket
import threading
from collections.abc import Sequence
from pathlib import Path

from plugin_matrix.errors import SandboxError

READY = b"Y"
_TOLD = 1 << 12


class NotWarmError(SandboxError):
    """There is no warm interpreter to be had here; what it would serve is executed instead."""


class Connection:
    """One warm interpreter; safe to use from several threads."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._lock = threading.Lock()

    def await_ready(self, seconds: float) -> None:
        """Wait until it has imported ahead; raises `NotWarmError` when it does not come to that."""
        self._socket.settimeout(seconds)
        try:
            told = self._socket.recv(_TOLD)
        except TimeoutError:
            raise NotWarmError(f"It has not imported everything in {seconds:.0f} seconds.") from None
        except OSError as error:
            raise NotWarmError(f"It is gone: {error}.") from None
        if told[:1] != READY:
            raise NotWarmError(told[1:].decode("utf-8", "replace")[:200] or "It ended while it imported.")

    def hand_over(self, data: bytes, descriptors: Sequence[int]) -> None:
        """Let it fork a child that takes over `descriptors`; raises `NotWarmError` when it is gone."""
        try:
            with self._lock:
                socket.send_fds(self._socket, [data], list(descriptors))
        except OSError as error:
            raise NotWarmError(f"It is gone: {error}.") from None

    def close(self) -> None:
        """Hang up, which ends it."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


class Door:
    """A socket in the file system at which one interpreter may call."""

    def __init__(self, path: Path) -> None:
        """Listen at `path`; raises `OSError`."""
        self._path = path
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # The kernel takes 107 bytes of a path, and stores lie as deep as they like.
        directory = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self._listening.bind(f"/proc/self/fd/{directory}/{path.name}")
        finally:
            os.close(directory)
        self._listening.listen(1)

    @property
    def name(self) -> str:
        """The file's name."""
        return self._path.name

    def wait(self, seconds: float) -> Connection:
        """Return the connection of who calls; raises `NotWarmError` when nobody does."""
        self._listening.settimeout(seconds)
        try:
            connected, _ = self._listening.accept()
        except TimeoutError:
            raise NotWarmError(f"It has not called in {seconds:.0f} seconds.") from None
        return Connection(connected)

    def close(self) -> None:
        """Nobody may call any more."""
        self._listening.close()
        self._path.unlink(missing_ok=True)
