"""Supervision of one running cell, from the harness's side."""

import contextlib
import marshal
import os
import selectors
import signal
import threading
import time
from collections.abc import Callable
from typing import cast

import msgspec

from plugin_matrix.errors import DiskFullError, SandboxError
from plugin_matrix.sandbox.first_processes import Starter
from plugin_matrix.sandbox.output import Output
from plugin_matrix.sandbox.protocol import End
from plugin_matrix.sandbox.watch import Watch, descendants

_TICK = 0.05
_CHUNK = 1 << 16
_SETUP_SECONDS = 60.0
_GRACE_SECONDS = 5.0
"""How long the cell's first process may take to end the others and hand out the result."""
_STARTED = b"S"
_NEXT_STEP = (
    "What a cell reads has to be readable for every user (chmod -R o+rX), "
    "and every directory above it too where namespaces are not permitted."
)


class _Report(msgspec.Struct, frozen=True):
    """What the cell's first process tells; the fields are those of `exchange.Report`."""

    trouble: str
    disk_full: bool
    status: int
    on_request: bool
    survivors: int
    peak_kilobytes: int
    scratch_full: bool
    result: bytes | None
    problem: str


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """How a cell ended."""

    end: End
    code: int
    seconds: float
    output: Output
    result: bytes | None = None
    problem: str = "it was killed before its result could be taken"
    peak_memory: int | None = None
    survivors: int = 0
    scratch_full: bool = False


class Supervision:
    """One running cell: started when made, ended when `wait` returns or raises."""

    def __init__(self, starter: Starter, request: bytes, output_limit: int) -> None:
        self._output_limit = output_limit
        self._output = Output()
        self._lock = threading.Lock()
        self._reason: tuple[End, int] | None = None
        self._watch: Watch | None = None
        self._deadline = time.monotonic() + _SETUP_SECONDS
        """When the first process has had its time: to set up, later to end everything."""
        with contextlib.ExitStack() as stack:
            written = os.memfd_create("request")
            stack.callback(os.close, written)
            with os.fdopen(os.dup(written), "wb") as stream:
                stream.write(request)
            os.lseek(written, 0, os.SEEK_SET)
            control, self._control = os.pipe()
            stack.callback(os.close, control)
            try:
                self._process = starter(written, control)
            except BaseException:
                os.close(self._control)
                raise
        self._status = self._process.status

    def interrupt(self) -> None:
        """End the cell; safe from any thread at any time."""
        self._end(End.INTERRUPTED, signal.SIGKILL)

    def wait(self, watch: Callable[[float], Watch]) -> Ending:
        """Drain, watch and wait until nothing of the cell runs; `watch` is given when the program started."""
        try:
            return self._wait(watch)
        finally:
            self._close()

    def _wait(self, watch: Callable[[float], Watch]) -> Ending:
        status = bytearray()
        began: float | None = None
        with selectors.DefaultSelector() as selector:
            stdout = self._process.output
            os.set_blocking(stdout, False)
            selector.register(self._status, selectors.EVENT_READ)
            selector.register(stdout, selectors.EVENT_READ)
            tick = time.monotonic() + _TICK
            while self._status in selector.get_map():
                for key, _ in selector.select(max(0.0, tick - time.monotonic())):
                    data = os.read(key.fd, _CHUNK)
                    if not data:
                        selector.unregister(key.fd)
                    elif key.fd == stdout:
                        self._take(data)
                    else:
                        status += data
                        began = began or time.monotonic()
                        self._watch = self._watch or watch(began)
                if time.monotonic() >= tick:
                    tick = time.monotonic() + _TICK
                    self._look()
        seconds = time.monotonic() - (began or time.monotonic())
        self._drain(stdout)
        return self._ending(bytes(status), seconds)

    def _look(self) -> None:
        """End a cell that is over a limit, and one that does not end when asked to."""
        if self._reason is None and self._watch is not None:
            if verdict := self._watch.verdict(self._process.pid):
                self._end(*verdict)
        elif time.monotonic() > self._deadline:
            self._kill()

    def _ending(self, status: bytes, seconds: float) -> Ending:
        report = _parsed(status)
        if report and report.trouble:
            self._raise_trouble(report)
        reason = self._reason
        if report is None:
            if reason is None:
                said = self._output.text().strip()
                raise SandboxError(f"A cell's first process ended without a report. {said}".strip())
            return Ending(end=reason[0], code=reason[1], seconds=seconds, output=self._output)
        code = os.waitstatus_to_exitcode(report.status)
        end = End.EXITED if code >= 0 else End.SIGNALLED
        if reason and (report.on_request or reason[0] is End.OUTPUT):
            end, code = reason
        return Ending(
            end=end,
            code=abs(code),
            seconds=seconds,
            output=self._output,
            result=report.result,
            problem=report.problem,
            peak_memory=report.peak_kilobytes * 1024,
            survivors=report.survivors,
            scratch_full=report.scratch_full,
        )

    def _raise_trouble(self, report: _Report) -> None:
        said = self._output.text().strip()
        message = f"A cell could not be set up: {report.trouble}. {said}".strip()
        if report.disk_full:
            raise DiskFullError(message, next_step="Free space or name another scratch directory.")
        raise SandboxError(message, next_step=_NEXT_STEP)

    def _take(self, data: bytes) -> None:
        self._output.add(data)
        if self._output.total > self._output_limit:
            self._end(End.OUTPUT, signal.SIGKILL)

    def _end(self, end: End, code: int) -> None:
        with self._lock:
            if self._reason is None and self._control != -1:
                self._reason = (end, code)
                self._deadline = time.monotonic() + _GRACE_SECONDS
                with contextlib.suppress(BrokenPipeError):
                    os.write(self._control, b"E")

    def _kill(self) -> None:
        """End the cell without its first process's help."""
        for process in descendants(self._process.pid):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process.pid, signal.SIGKILL)
        self._process.kill()

    def _drain(self, stdout: int) -> None:
        """Take what is still in the pipe; who holds it open now has escaped and is not waited for."""
        with contextlib.suppress(BlockingIOError):
            while data := os.read(stdout, _CHUNK):
                self._take(data)

    def _close(self) -> None:
        with self._lock:
            os.close(self._control)
            self._control = -1
        # Whoever still writes to us now gets an error instead of waiting.
        self._process.hang_up()
        if not self._process.has_ended(_GRACE_SECONDS):
            self._kill()
            self._process.has_ended(None)


def _parsed(status: bytes) -> _Report | None:
    try:
        fields = cast("object", marshal.loads(status.removeprefix(_STARTED)))  # noqa: S302 - our own process's
    except (EOFError, ValueError, TypeError):
        return None
    return msgspec.convert(fields, _Report)
