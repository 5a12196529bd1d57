"""Connects to a port when imported."""

import contextlib
import socket

with contextlib.suppress(OSError):
    socket.create_connection(("127.0.0.1", 9), timeout=0.2).close()


def register():
    """Do nothing."""
