"""How long processes waited for a processor: time that is the machine's doing, not the plugin's."""

from __future__ import annotations

import os
from contextlib import suppress

MOST_TIMES = 3
"""A limit is stretched by this many times itself at the most, however starved the machine is."""
_NANOSECONDS = 1e9
_SESSION = 3
"""Position of the session in `/proc/<pid>/stat` behind the name in parentheses."""


def stretched(seconds: float, leader: int) -> float:
    """Return `seconds` and what the session of `leader` spent ready to run without running."""
    return seconds + min(waited_for_processor(leader), MOST_TIMES * seconds)


def waited_for_processor(leader: int) -> float:
    """Seconds that all threads of the session spent on run queues; 0 where the kernel does not tell.

    From `/proc/<pid>/task/<tid>/schedstat`, second field; processes that have ended are not counted.
    """
    total = 0.0
    with suppress(OSError):
        for name in os.listdir("/proc"):
            if name.isdigit() and _session(name) == leader:
                total += _process(name)
    return total / _NANOSECONDS


def _session(process: str) -> int | None:
    try:
        with open(f"/proc/{process}/stat", encoding="ascii", errors="replace") as file:
            return int(file.read().rpartition(")")[2].split()[_SESSION])
    except (OSError, ValueError, IndexError):
        return None


def _process(process: str) -> int:
    total = 0
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{process}/task"):
            total += _thread(f"/proc/{process}/task/{thread}/schedstat")
    return total


def _thread(path: str) -> int:
    try:
        with open(path, encoding="ascii") as file:
            return int(file.read().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
