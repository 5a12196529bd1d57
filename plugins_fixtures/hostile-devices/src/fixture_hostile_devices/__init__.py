"""Looks for disks and memory among the devices."""

import os

DEVICES = (
    "/dev/mem",
    "/dev/kmem",
    "/dev/port",
    "/dev/kmsg",
    "/dev/sda",
    "/dev/vda",
    "/dev/nvme0n1",
    "/dev/fuse",
)


def register():
    """Open every device that gives the machine away; nothing is read or written."""
    for device in DEVICES:
        try:
            os.close(os.open(device, os.O_RDONLY))
        except OSError:
            continue
