"""What a cell's first process in a container is asked and what it tells.

The request travels marshalled in version 2, which every Python reads; the report comes out of the container
and is read as an enemy's.
"""

import marshal
from typing import TypedDict

import msgspec

MARSHAL_VERSION = 2
SCRATCH = "/scratch/cell"
WRITABLE = ("/scratch", "/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue")  # noqa: S108 - places in a container
"""Where a cell can leave files."""
STARTED = b"S"
REPORT = b"R"
REPORT_BYTES = 64 * 1024


class CellRequest(TypedDict):
    """What the harness asks for; without `argv` only what is left of the user's cell is ended and removed."""

    scratch: str
    directories: list[str]
    """Directories to make in the scratch directory."""
    files: dict[str, bytes]
    result: str
    result_bytes: int
    argv: list[str]
    environment: dict[str, str]
    readable: list[str]
    """Places the program must be able to read."""
    limits: dict[int, int]
    """`RLIMIT_*` number to value."""
    wall_seconds: float
    cpu_seconds: float
    processes: int
    writable: list[str]
    """Directories to leave empty."""
    standing: list[str]
    """Entries of them that are mount points or lead to some, and cannot be written to."""


class Counted(msgspec.Struct, frozen=True):
    """What the container's control groups have counted since it started."""

    memory_kills: int = 0
    refused_forks: int = 0
    cpu_seconds: float = 0.0


class CellReport(msgspec.Struct, frozen=True):
    """What the harness is told."""

    trouble: str = ""
    """Why the program could not be started."""
    disk_full: bool = False
    reason: str = ""
    """Why the program was ended: `asked`, `wall-time`, `processes` or `cpu`; empty when it ended itself."""
    status: int = 0
    """As `waitpid` gives it."""
    survivors: int = 0
    """Processes still running when the program had ended."""
    peak_kilobytes: int = 0
    counted: Counted = Counted()
    scratch_full: bool = False
    result_size: int = -1
    """Bytes of the result that follow the report; -1 when there is none."""
    problem: str = ""
    unclean: str = ""
    """What could not be removed; the container is then good for nothing."""


def encode_request(request: CellRequest) -> bytes:
    """Return the request with its length in front."""
    content = marshal.dumps(dict(request), MARSHAL_VERSION)
    return len(content).to_bytes(8, "big") + content


def decode_report(told: bytes, result_bytes: int) -> tuple[CellReport, bytes | None] | None:
    """Return the report and the result; None where what came is no whole report."""
    _, found, rest = told.partition(REPORT)
    length = int.from_bytes(rest[:8], "big")
    if not found or not 0 < length <= REPORT_BYTES:
        return None
    try:
        report = msgspec.json.decode(rest[8 : 8 + length], type=CellReport)
    except msgspec.DecodeError:
        return None
    if report.result_size < 0:
        return report, None
    result = rest[8 + length :]
    return (report, result) if len(result) == report.result_size <= result_bytes else None
