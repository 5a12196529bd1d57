"""Takes 10 GB."""

BLOCK = 64 << 20
TOTAL = 10 << 30


def register():
    """Fill memory block by block, so that each is really used."""
    taken = [b"\xff" * BLOCK for _ in range(TOTAL // BLOCK)]
    del taken
