"""Sends a datagram to a documentation address when imported."""

import contextlib
import socket

with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as telemetry:
    telemetry.connect(("192.0.2.1", 9))
    telemetry.send(b"started")


def register():
    """Do nothing."""
