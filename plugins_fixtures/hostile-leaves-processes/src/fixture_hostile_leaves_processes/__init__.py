"""Leaves a program running in a session of its own when imported."""

import contextlib
import subprocess

with contextlib.suppress(OSError):
    subprocess.Popen(
        ["sleep", "600"],
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def register():
    """Do nothing."""
