"""Traces the processes around it."""

import ctypes
import os
from pathlib import Path

SEIZE = 0x4206
DETACH = 17


def register():
    """Seize every process that can be seen, and let it go again."""
    ptrace = ctypes.CDLL(None).ptrace
    for place in Path("/proc").iterdir():
        name = place.name
        if name.isdigit() and int(name) != os.getpid() and ptrace(SEIZE, int(name), None, None) == 0:
            ptrace(DETACH, int(name), None, None)
