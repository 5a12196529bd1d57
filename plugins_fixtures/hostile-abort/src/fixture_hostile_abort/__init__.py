"""Calls abort()."""

import os


def register():
    """Crash as a failed native assertion does."""
    os.abort()
