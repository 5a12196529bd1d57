"""Reads address 0."""

import ctypes


def register():
    """Crash as broken native code does."""
    ctypes.string_at(0)
