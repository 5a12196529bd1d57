"""Takes 10 GB."""

import mmap

BLOCK = 256 << 20
TOTAL = 10 << 30
POPULATE = 0x8000
"""Linux's MAP_POPULATE, which Python names from 3.10 on: pages are taken at once and not when used."""


def register():
    """Take memory block by block, so that each is really used."""
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | POPULATE
    taken = [mmap.mmap(-1, BLOCK, flags=flags) for _ in range(TOTAL // BLOCK)]
    del taken
