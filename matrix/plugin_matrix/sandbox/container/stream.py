"""A program that the engine runs in a container: what it is sent, what it prints, when it is over."""

import contextlib
import os
import select
import socket
import struct
from collections.abc import Iterator
from typing import Any, Protocol

import docker
import docker.errors

from plugin_matrix.errors import ContainerEngineError
from plugin_matrix.sandbox.connection import Connection
from plugin_matrix.sandbox.container.client import answering

OUT, ERR = 1, 2
_HEADER = struct.Struct(">BxxxI")
_CHUNK = 1 << 16


_GONE = frozenset({404, 409})
"""How engines answer for a container that is not there, or does not run."""


class CellStream(Protocol):
    """The streams of a cell's first process, however it was started."""

    over: bool

    def send(self, content: bytes, seconds: float = 30.0) -> None:
        """Send to standard input; raises `OSError` when the other side is gone or does not read."""

    def ask(self) -> None:
        """Ask the cell's first process to end the cell; safe from any thread."""

    def read(self, seconds: float) -> Iterator[tuple[int, bytes]]:
        """Wait up to `seconds` and yield what came, as stream number and bytes; sets `over` at the end."""
        ...

    def close(self) -> None:
        """Hang up."""


class ContainerGoneError(ContainerEngineError):
    """The container a program was to run in is not running any more; nothing of the program was started."""


class Stream:
    """The streams of one program in a container, over one connection to the engine.

    Raises `ContainerEngineError` when the engine fails.
    """

    def __init__(self, client: docker.DockerClient, container: str, argv: list[str], user: int) -> None:
        with answering():
            api = client.api
            try:
                self.id: str = api.exec_create(
                    container, argv, stdin=True, user=f"{user}:{user}", environment={}, workdir="/"
                )["Id"]
            except docker.errors.APIError as error:
                if error.status_code in _GONE:
                    raise ContainerGoneError(
                        "A cell's container was removed or stopped by others."
                    ) from error
                raise
            answer: Any = api.exec_start(self.id, socket=True)
            self._answer = answer
        # The SDK returns what it reads from; that has the connection inside.
        self._socket: socket.socket = getattr(answer, "_sock", answer)
        self._socket.settimeout(0)
        self._buffer = bytearray()
        self.over = False

    def send(self, content: bytes, seconds: float = 30.0) -> None:
        """Send to standard input; raises `OSError` when the other side is gone or does not read."""
        self._socket.settimeout(seconds)
        try:
            self._socket.sendall(content)
        finally:
            self._socket.settimeout(0)

    def ask(self) -> None:
        """Ask the cell's first process to end the cell; safe from any thread."""
        with contextlib.suppress(OSError):
            self._socket.send(b"E")

    def read(self, seconds: float) -> Iterator[tuple[int, bytes]]:
        """Wait up to `seconds` and yield what came, as stream number and bytes; sets `over` at the end."""
        if not select.select([self._socket], [], [], seconds)[0]:
            return
        try:
            data = self._socket.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.over = True
        self._buffer += data
        while len(self._buffer) >= _HEADER.size:
            number, size = _HEADER.unpack_from(self._buffer)
            if len(self._buffer) < _HEADER.size + size:
                return
            yield number, bytes(self._buffer[_HEADER.size : _HEADER.size + size])
            del self._buffer[: _HEADER.size + size]

    def close(self) -> None:
        """Hang up."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError):
            self._answer.close()
        self._socket.close()


class ForkedStream:
    """The streams of a fork of a warm interpreter: pipes of this machine.

    Raises `NotWarmError` when the interpreter is gone.
    """

    def __init__(self, interpreter: Connection, user: int) -> None:
        self._control, control = socket.socketpair()
        out, out_writing = os.pipe()
        err, err_writing = os.pipe()
        self._reading = {out: OUT, err: ERR}
        self.over = False
        try:
            interpreter.hand_over(str(user).encode(), [control.fileno(), out_writing, err_writing])
        except BaseException:
            self.close()
            raise
        finally:
            control.close()
            os.close(out_writing)
            os.close(err_writing)

    def send(self, content: bytes, seconds: float = 30.0) -> None:
        """Send to standard input; raises `OSError` when the other side is gone or does not read."""
        self._control.settimeout(seconds)
        self._control.sendall(content)

    def ask(self) -> None:
        """Ask the cell's first process to end the cell; safe from any thread."""
        with contextlib.suppress(OSError):
            self._control.send(b"E", socket.MSG_DONTWAIT)

    def read(self, seconds: float) -> Iterator[tuple[int, bytes]]:
        """Wait up to `seconds` and yield what came, as stream number and bytes; sets `over` at the end."""
        for descriptor in select.select(list(self._reading), [], [], seconds)[0]:
            data = os.read(descriptor, _CHUNK)
            if data:
                yield self._reading[descriptor], data
            else:
                # The end of what it tells is the end: whoever holds the other open has escaped.
                self.over = self.over or self._reading[descriptor] == ERR
                os.close(descriptor)
                del self._reading[descriptor]

    def close(self) -> None:
        """Hang up."""
        self._control.close()
        for descriptor in self._reading:
            os.close(descriptor)
        self._reading.clear()
