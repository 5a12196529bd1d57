"""Platforms: accelerator and CPython version a cell runs on."""

from enum import StrEnum

import msgspec


class Accelerator(StrEnum):
    """What the platform computes on."""

    CPU = "cpu"
    CUDA = "cuda"
    ROCM = "rocm"
    NPU_SIM = "npu-sim"
    """Nothing real: device nodes that are the null device, and stand-ins for the vendor's modules."""


class Platform(msgspec.Struct, frozen=True):
    """An accelerator with a CPython version, for example `cpu-py311`."""

    accelerator: Accelerator
    python: str
    """CPython minor version, for example `3.11`."""

    @property
    def id(self) -> str:
        """The platform's part of a cell id, for example `cpu-py311`."""
        return f"{self.accelerator.value}-py{self.python.replace('.', '')}"
