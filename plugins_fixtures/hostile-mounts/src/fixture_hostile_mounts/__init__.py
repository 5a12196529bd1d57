"""Mounts, unmounts and leaves its namespaces."""

import contextlib
import ctypes
import os

NEW_USER_NAMESPACE = 0x10000000
DETACH = 2


def register():
    """Try everything that changes what is mounted where."""
    libc = ctypes.CDLL(None)
    libc.unshare(NEW_USER_NAMESPACE)
    libc.mount(b"none", b"/tmp", b"tmpfs", 0, None)
    libc.mount(b"/", b"/tmp", None, 4096, None)
    libc.umount2(b"/proc", DETACH)
    with contextlib.suppress(OSError):
        os.mknod("device", 0o20666, os.makedev(1, 1))
