"""Each call opens a file and keeps it open."""

from pathlib import Path

_open = []


def register():
    """Open a file and forget to close it."""
    _open.append(Path(__file__).open())
