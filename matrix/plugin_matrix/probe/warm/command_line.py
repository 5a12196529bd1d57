"""What `/proc/<pid>/cmdline` and `/proc/<pid>/environ` show of a process that did not execute a program."""

from __future__ import annotations

import os
from ctypes import CDLL, Structure, addressof, byref, c_char, c_int, c_uint32, c_uint64, c_void_p, sizeof

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_SET_MEMORY_MAP, _WHOLE_MAP = 35, 14
_FIRST_FIELD = 3
"""Number, in `proc(5)`, of the field that follows the name in parentheses in `/proc/<pid>/stat`."""
_START_CODE, _END_CODE, _START_STACK, _START_DATA, _END_DATA, _START_BREAK = 26, 27, 28, 45, 46, 47

_shown: Any = None
"""The memory that is shown; the kernel reads it whenever somebody asks."""


class _Map(Structure):
    """`struct prctl_mm_map` of `linux/prctl.h`."""

    _fields_ = (
        *((name, c_uint64) for name in ("start_code", "end_code", "start_data", "end_data")),
        *((name, c_uint64) for name in ("start_brk", "brk", "start_stack", "arg_start", "arg_end")),
        *((name, c_uint64) for name in ("env_start", "env_end")),
        ("auxv", c_void_p),
        ("auxv_size", c_uint32),
        ("exe_fd", c_uint32),
    )


def look_like(argv: Sequence[str], environment: dict[str, str] | None = None) -> bool:
    """Let this process be listed as having executed `argv`; False where the kernel does not let it.

    `prctl(PR_SET_MM_MAP)` needs no right (Linux 3.18, with CONFIG_CHECKPOINT_RESTORE).
    """
    global _shown  # noqa: PLW0603 - it has to stay where it is
    words = _joined(argv)
    variables = _joined(f"{name}={value}" for name, value in (environment or os.environ).items())
    try:
        with open("/proc/self/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
        libc = CDLL(None)
    except OSError:
        return False
    libc.sbrk.restype = c_void_p
    memory = (c_char * (len(words) + len(variables) + 1)).from_buffer_copy(words + variables + b"\0")
    start = addressof(memory)
    place = _Map(
        start_code=_field(fields, _START_CODE),
        end_code=_field(fields, _END_CODE),
        start_data=_field(fields, _START_DATA),
        end_data=_field(fields, _END_DATA),
        start_brk=_field(fields, _START_BREAK),
        brk=libc.sbrk(0),
        start_stack=_field(fields, _START_STACK),
        arg_start=start,
        arg_end=start + len(words),
        env_start=start + len(words),
        env_end=start + len(words) + len(variables),
        auxv=None,
        auxv_size=0,
        exe_fd=0xFFFFFFFF,
    )
    if libc.prctl(_SET_MEMORY_MAP, _WHOLE_MAP, byref(place), c_int(sizeof(place)), 0):
        return False
    _shown = memory
    return True


def _joined(words: Any) -> bytes:
    return b"".join(os.fsencode(word) + b"\0" for word in words)


def _field(fields: list[bytes], number: int) -> int:
    return int(fields[number - _FIRST_FIELD])
