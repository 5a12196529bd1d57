"""Accelerators of this machine, as far as they can be told without their drivers."""

import os
from collections.abc import Sequence

# What NVIDIA's driver puts on a machine: on its own, and in WSL.
_NVIDIA = ("/proc/driver/nvidia/gpus", "/dev/nvidiactl", "/dev/dxg")


def machine_has_nvidia(traces: Sequence[str] = _NVIDIA) -> bool:
    """Say whether NVIDIA's driver has left traces on this machine."""
    return any(os.path.lexists(trace) for trace in traces)
