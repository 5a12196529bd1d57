"""Replaces the standard streams by objects that cannot write."""

import sys


def register():
    """Break printing for everyone."""
    sys.stdout = sys.stderr = object()
