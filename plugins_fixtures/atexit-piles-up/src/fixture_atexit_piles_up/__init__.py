"""Each call adds an exit handler."""

import atexit


def _farewell():
    """Do nothing at exit."""


def register():
    """Add the exit handler without looking."""
    atexit.register(_farewell)
