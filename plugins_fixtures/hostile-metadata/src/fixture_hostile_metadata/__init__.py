"""Asks the cloud's metadata service for credentials."""

import contextlib
import socket

ADDRESS = ("169.254.169.254", 80)
SECONDS = 2


def register():
    """Connect to the address that every machine of a cloud answers on."""
    with socket.socket() as connection:
        connection.settimeout(SECONDS)
        with contextlib.suppress(OSError):
            connection.connect(ADDRESS)
