"""Kills the process that started it."""

import os
import signal


def register():
    """Kill the parent, unless that is the init process."""
    parent = os.getppid()
    if parent > 1:
        os.kill(parent, signal.SIGKILL)
