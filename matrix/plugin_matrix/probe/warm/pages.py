"""Large pages for what was imported ahead: forking copies a page table, and ending takes it apart again.

An interpreter with torch has tens of thousands of pages of its own, and every process of a cell is a fork of
it. Most of them fit into a few dozen pages of two mebibytes. Where the kernel cannot do that (Linux does from
6.1 on) nothing is different.
"""

from __future__ import annotations

from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

_LARGE = 2 * 1024**2
_MADV_COLLAPSE = 25


def collapse(ctypes: ModuleType) -> None:
    """Put this process's anonymous memory into large pages, as far as it fills them."""
    with suppress(OSError, AttributeError):
        advise = ctypes.CDLL(None).madvise
        advise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
        for begin, end in tuple(_anonymous()):
            first, last = -(-begin // _LARGE) * _LARGE, end // _LARGE * _LARGE
            if first < last:
                advise(first, last - first, _MADV_COLLAPSE)


def _anonymous() -> Iterator[tuple[int, int]]:
    """Yield where the writable memory is that no file stands behind."""
    with open("/proc/self/maps", encoding="utf-8", errors="replace") as lines:
        for line in lines:
            place, permissions, _, _, inode, *name = line.split(maxsplit=5)
            if permissions.startswith("rw") and inode == "0" and (not name or name[0].strip() == "[heap]"):
                begin, _, end = place.partition("-")
                yield int(begin, 16), int(end, 16)
