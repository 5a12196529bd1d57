"""Prints 1 GB."""

import os

LINE = b"fixture-hostile-output " * 45_590 + b"\n"


def register():
    """Write a thousand times a million bytes past Python's own stream."""
    for _ in range(1024):
        os.write(1, LINE)
