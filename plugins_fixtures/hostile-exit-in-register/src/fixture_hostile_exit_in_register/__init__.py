"""Calls sys.exit() in register()."""

import sys


def register():
    """End the interpreter as if all were well."""
    sys.exit(0)
