"""Leaves nested JSON that breaks readers, and kills the probe before it can write its own."""

import os
import signal
from pathlib import Path

NESTED = "[" * 1_000_000 + '{"schema": 1e999999, "python": "\\ud800", "scenarios": ' + "9" * 5000


def _parent(process):
    """Return the process id of a process's parent."""
    status = Path("/proc", str(process), "stat").read_text()
    return int(status.rpartition(")")[2].split()[1])


def register():
    """Write where the result belongs, then kill whoever would write there."""
    process = os.getpid()
    for _ in range(3):
        try:
            process = _parent(process)
            arguments = Path("/proc", str(process), "cmdline").read_bytes().split(b"\0")
        except OSError:
            return
        results = [path for path in map(os.fsdecode, arguments) if Path(path).name == "result"]
        if results:
            try:
                Path(results[0]).write_text(NESTED)
                os.kill(process, signal.SIGKILL)
            except OSError:
                return
