"""Calls os._exit() in register()."""

import os


def register():
    """End the process at once, as if all were well."""
    os._exit(0)
