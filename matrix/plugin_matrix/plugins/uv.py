"""Running uv: bounded in time and output, in a process group of its own."""

import contextlib
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import uv as uv_package

TAIL_LINES = 12
TAIL_BYTES = 64 * 1024
MAX_FILE_BYTES = 2 * 1024**3
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
        return re.sub(
            r"^Using Python \S+ environment at: \S+ |error: ", "", re.sub(r"\s+", " ", plain).strip()
        )[:500]


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
    """
    environ = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
    environ |= {"NO_COLOR": "1", "UV_NO_PROGRESS": "1"} | dict(variables or {})
    argv = [uv_package.find_uv_bin(), *arguments]
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
        if sys.platform == "linux":
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            timed_out = True
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        return UvResult(process.returncode, _tail(output.fileno()), _tail(messages.fileno()), timed_out)


def _tail(descriptor: int) -> str:
    size = os.fstat(descriptor).st_size
    return os.pread(descriptor, TAIL_BYTES, max(0, size - TAIL_BYTES)).decode(errors="replace")
