"""Devices: the nodes /dev/davinci0, /dev/davinci1, ..."""

from pathlib import Path

MEMORY = 64 * 1024**3


def get_device_count():
    """Count the device nodes."""
    return len([node for node in Path("/dev").glob("davinci*") if node.name[7:].isdigit()]), 0


def set_device(device):
    """Use a device."""
    return 0 if 0 <= device < get_device_count()[0] else 107001


def reset_device(device):
    """Leave a device."""
    return 0


def get_mem_info(attribute):
    """Return free and total bytes."""
    return MEMORY, MEMORY, 0


def memcpy(destination, destination_max, source, count, kind):
    """Refuse: there is no memory of a device."""
    return 507899


def __getattr__(name):
    raise AttributeError(f"acl.rt.{name} is not part of the stand-in for acl")
