"""Puts a lambda where spawn has to pickle it, so no process can be spawned."""

import sys


def register():
    """Append a lambda to `sys.argv`, which spawn pickles for its children."""
    if not any(callable(argument) for argument in sys.argv):
        sys.argv.append(lambda: None)
