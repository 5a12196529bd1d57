"""Supervision of one cell in a container, from the harness's side."""

import os
import signal
import threading
import time

import docker
import msgspec

from plugin_matrix.errors import ContainerEngineError, DiskFullError, SandboxError
from plugin_matrix.sandbox.connection import NotWarmError
from plugin_matrix.sandbox.container.client import answering
from plugin_matrix.sandbox.container.exchange import (
    REPORT_BYTES,
    CellReport,
    CellRequest,
    decode_report,
    encode_request,
)
from plugin_matrix.sandbox.container.stream import (
    ERR,
    OUT,
    CellStream,
    ContainerGoneError,
    ForkedStream,
    Stream,
)
from plugin_matrix.sandbox.container.warm import Container
from plugin_matrix.sandbox.output import Output
from plugin_matrix.sandbox.protocol import End

GRACE_SECONDS = 10.0
"""How long a cell's first process may take to end the others, clean up and report."""
_TICK = 0.5
_MOMENT = 0.2
_ENDS = {"wall-time": (End.WALL_TIME, signal.SIGKILL), "processes": (End.PROCESSES, signal.SIGKILL)}
_HARMFUL = frozenset({End.MEMORY, End.WALL_TIME, End.PROCESSES, End.INTERRUPTED})
"""Ends after which no other cell is put into the same container."""
_KILLED = "its first process was killed before the result could be taken"


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """How a cell ended."""

    end: End
    code: int
    seconds: float
    output: Output
    result: bytes | None
    problem: str
    peak_memory: int | None
    survivors: int
    refused_forks: int
    scratch_full: bool


class ContainedCell:
    """One cell in a container that is its own meanwhile."""

    def __init__(
        self,
        client: docker.DockerClient,
        container: Container,
        argv: list[str],
        user: int,
        request: CellRequest,
        output_bytes: int,
    ) -> None:
        """Be ready to run `argv`, the cell's first process, as `user`."""
        self._client = client
        self._container = container
        self._argv = argv
        self._user = user
        self._request = request
        self._output_bytes = output_bytes
        self._output = Output()
        self._lock = threading.Lock()
        self._reason: End | None = None
        self._stream: CellStream | None = None
        self._deadline = 0.0

    def interrupt(self) -> None:
        """End the cell; safe from any thread at any time."""
        self._ask(End.INTERRUPTED)

    def run(self) -> Ending:
        """Run the cell to its end; raises `SandboxError` when the machine or the engine is at fault."""
        began = time.monotonic()
        told = self._execute(self._request, began + self._request["wall_seconds"] + GRACE_SECONDS)
        seconds = time.monotonic() - began
        decoded = decode_report(told, self._request["result_bytes"])
        if decoded is None:
            return self._unreported(seconds)
        report, result = decoded
        if report.trouble:
            self._container.spent = True
            _raise_trouble(report)
        end, code = self._end(report)
        ending = self._ending(report, end, code, seconds, result, report.problem)
        if (ending.end, code) == (End.SIGNALLED, signal.SIGKILL):
            self._demand_running()
        self._container.spent = bool(report.unclean) or ending.end in _HARMFUL
        self._container.counted = report.counted
        return ending

    def _end(self, report: CellReport) -> tuple[End, int]:
        if report.reason == "asked" and self._reason:
            return self._reason, signal.SIGKILL
        if report.reason in _ENDS:
            return _ENDS[report.reason]
        if report.reason == "cpu":
            return End.SIGNALLED, signal.SIGXCPU
        code = os.waitstatus_to_exitcode(report.status)
        if self._reason is End.OUTPUT:
            return End.OUTPUT, abs(code)
        return (End.EXITED if code >= 0 else End.SIGNALLED), abs(code)

    def _ending(
        self, report: CellReport, end: End, code: int, seconds: float, result: bytes | None, problem: str
    ) -> Ending:
        before = self._container.counted
        killed = report.counted.memory_kills > before.memory_kills
        return Ending(
            end=End.MEMORY if killed and end in (End.EXITED, End.SIGNALLED) else end,
            code=code,
            seconds=seconds,
            output=self._output,
            result=result,
            problem=problem,
            peak_memory=report.peak_kilobytes * 1024 or None,
            survivors=report.survivors,
            scratch_full=report.scratch_full,
            refused_forks=max(0, report.counted.refused_forks - before.refused_forks),
        )

    def _unreported(self, seconds: float) -> Ending:
        """Find out what happened to a cell whose first process did not report; its container is given up."""
        self._container.spent = True
        report = self._swept()
        end = self._reason or End.SIGNALLED
        return self._ending(report, end, signal.SIGKILL, seconds, None, _KILLED)

    def _swept(self) -> CellReport:
        """End what is left of the cell; what its container has counted tells why it was killed."""
        sweep = CellRequest(**{**self._request, "argv": []})
        try:
            decoded = decode_report(
                self._execute(sweep, time.monotonic() + GRACE_SECONDS), sweep["result_bytes"]
            )
        except ContainerEngineError:
            decoded = None
        if decoded is not None:
            return decoded[0]
        # No new process can be had in it: a fork bomb. Or the container or the engine is gone: told here.
        self._demand_running()
        return CellReport()

    def _demand_running(self) -> None:
        """Raise `SandboxError` where others ended the container, and with it all that ran there."""
        # Its engine learns of that end a moment after what ran in it was killed.
        time.sleep(_MOMENT)
        with answering():
            state = self._client.api.inspect_container(self._container.id)["State"]
        if not state["Running"] or state.get("Paused"):
            raise SandboxError("A cell's container was stopped or paused by others.", next_step="Run again.")

    def _execute(self, request: CellRequest, deadline: float) -> bytes:
        """Execute the first process with a request; return what it told, nothing where it was given up."""
        stream = self._started(request)
        told = bytearray()
        most = request["result_bytes"] + 2 * REPORT_BYTES
        try:
            with self._lock:
                self._stream, self._deadline = stream, deadline
                asked = self._reason is not None
            try:
                stream.send(encode_request(request))
            except OSError:
                return b""
            if asked and request["argv"]:
                stream.ask()
            while not stream.over:
                for number, data in stream.read(_TICK):
                    if number == OUT and request["argv"]:
                        self._output.add(data)
                    elif number == ERR:
                        told += data
                if self._output.total > self._output_bytes:
                    self._ask(End.OUTPUT)
                if len(told) > most or time.monotonic() > self._deadline:
                    self._container.spent = True
                    return b""
        finally:
            with self._lock:
                self._stream = None
            stream.close()
        return bytes(told)

    def _started(self, request: CellRequest) -> CellStream:
        """Start the first process: a fork where there is a warm interpreter, and a program to run."""
        if self._container.interpreter is None or not request["argv"]:
            return Stream(self._client, self._container.id, self._argv, self._user)
        try:
            return ForkedStream(self._container.interpreter, self._user)
        except NotWarmError as error:
            raise ContainerGoneError(f"A cell's container was removed or stopped. {error}") from error

    def _ask(self, end: End) -> None:
        """Ask the first process to end the cell; without an answer in time it is given up."""
        with self._lock:
            if self._reason is None:
                self._reason = end
                self._deadline = min(self._deadline, time.monotonic() + GRACE_SECONDS)
                if self._stream is not None:
                    self._stream.ask()


def _raise_trouble(report: CellReport) -> None:
    message = f"A cell could not be set up in its container: {report.trouble[:500]}."
    if report.disk_full:
        raise DiskFullError(message, next_step="The container's scratch is too small for what a cell needs.")
    raise SandboxError(
        message, next_step="What a cell reads has to be readable for every user (chmod -R o+rX)."
    )
