"""Writes until nothing can be written any more."""

from pathlib import Path

BLOCK = bytes(1 << 20)
BLOCKS_A_FILE = 32
MOST_FILES = 64


def register():
    """Fill the working directory once; bounded, so that a machine without limits survives it."""
    for number in range(MOST_FILES):
        try:
            with Path(f"fill-{number}").open("xb", buffering=0) as file:
                file.writelines([BLOCK] * BLOCKS_A_FILE)
        except OSError:
            break
    for number in range(1 << 12):
        try:
            with Path(f"rest-{number}").open("xb", buffering=0) as file:
                file.write(BLOCK[:4096])
        except OSError:
            return
