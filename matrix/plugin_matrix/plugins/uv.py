"""Running uv: bounded in time and output, in a process group of its own."""

import contextlib
import os
import re
import signal
import subprocess
import sysconfig
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import uv as uv_package

from plugin_matrix.errors import DiskFullError

TAIL_LINES = 12
TAIL_BYTES = 64 * 1024
MAX_FILE_BYTES = 2 * 1024**3
_PREAMBLE = re.compile(r"^Using C?Python \S+ (?:environment|interpreter) at: \S+ |error: ")
_DISK_FULL = re.compile(r"\(os error (?:28|122)\)|No space left on device")
# What makes uv or a build answer for the caller's own environment instead of the one asked for.
_NOT_INHERITED = (
    "CONDA_PREFIX",
    "PYTHONHOME",
    "PYTHONPATH",
    "UV_PROJECT",
    "UV_PROJECT_ENVIRONMENT",
    "UV_PYTHON",
    "UV_SYSTEM_PYTHON",
    "UV_TARGET",
    "VIRTUAL_ENV",
)


# Finding uv and wheel tags asks sysconfig, whose first use is not safe in several threads at once.
sysconfig.get_config_vars()

# Children under way, so that an interrupted run need not wait for a download to end.
_running: set[int] = set()


class UvResult(msgspec.Struct, frozen=True):
    """How a uv command ended."""

    code: int
    output: str
    """Standard output; the last 64 KiB."""
    messages: str
    """Standard error; the last 64 KiB."""
    timed_out: bool = False

    @property
    def ok(self) -> bool:
        """Whether uv did what was asked."""
        return self.code == 0

    @property
    def last_lines(self) -> str:
        """The last lines uv printed, for an error message."""
        if self.timed_out:
            return "it ran out of time"
        lines = [line.rstrip() for line in (self.messages or self.output).splitlines() if line.strip()]
        return "\n".join(lines[-TAIL_LINES:])

    @property
    def reason(self) -> str:
        """Why uv did not do it, in one line, without the drawing of its tree."""
        plain = re.sub(r"[^\x20-\x7e]+", " ", self.last_lines)
        words = re.sub(r"\s+", " ", plain).strip()
        return re.sub(_PREAMBLE, "", words)[:500]


def run_uv(
    arguments: Sequence[str],
    *,
    directory: Path,
    seconds: float,
    variables: Mapping[str, str] | None = None,
    file_bytes: int = MAX_FILE_BYTES,
) -> UvResult:
    """Run `uv <arguments>` in `directory`; children it leaves behind are ended.

    `file_bytes` bounds the largest single file that uv and its children write, what they print included.
    Raises `DiskFullError` when uv says so.
    """
    environ = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
    environ |= {"NO_COLOR": "1", "UV_NO_PROGRESS": "1"} | dict(variables or {})
    # The shell sets the limit before uv begins; POSIX counts it in blocks of 512 bytes.
    limited = ["/bin/sh", "-c", f'ulimit -f {file_bytes // 512} && exec "$@"', "uv"]
    argv = [*limited, uv_package.find_uv_bin(), *arguments]
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as messages:
        process = subprocess.Popen(
            argv,
            cwd=directory,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=messages,
            start_new_session=True,
        )
        timed_out = False
        _running.add(process.pid)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            timed_out = True
        finally:
            _running.discard(process.pid)
            _end(process.pid)
            process.wait()
        result = UvResult(process.returncode, _tail(output.fileno()), _tail(messages.fileno()), timed_out)
    if not result.ok and _DISK_FULL.search(result.messages):
        raise DiskFullError(
            "The disk is full: uv could not write.",
            next_step="Free some space, prune the store, or name another store directory.",
        )
    return result


def interrupt_uv() -> None:
    """End every uv that is running in this process; its callers see it fail."""
    for group in tuple(_running):
        _end(group)


def _end(group: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def _tail(descriptor: int) -> str:
    size = os.fstat(descriptor).st_size
    return os.pread(descriptor, TAIL_BYTES, max(0, size - TAIL_BYTES)).decode(errors="replace")
