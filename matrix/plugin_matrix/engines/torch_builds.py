"""Which build of torch the environments of a platform get."""

import sys
from typing import assert_never

import msgspec

from plugin_matrix.model import Accelerator

TORCH_VERSION = "2.13.0"


class TorchBuild(msgspec.Struct, frozen=True):
    """A build of torch for one accelerator."""

    name: str
    """For people."""
    local: str
    """Its local version: plain versions are other builds in other places."""
    backend: str
    """What uv calls the index that has it (`--torch-backend`)."""
    accelerated: bool = True
    """Whether packages of an accelerator's vendor belong to it."""

    @property
    def file_bytes(self) -> int:
        """The largest file an installer may write: wheels for accelerators hold kernels for every device."""
        return (16 if self.accelerated else 2) * 1024**3

    @property
    def packages(self) -> tuple[str, ...]:
        """What is installed; torch warns at import where numpy is absent."""
        return (f"torch=={TORCH_VERSION}{self.local}", "numpy")


# On Linux the plain version is a CUDA build, which takes gigabytes; elsewhere it is the one for the CPU.
CPU = TorchBuild("CPU", "+cpu" if sys.platform == "linux" else "", "cpu", accelerated=False)
CUDA = TorchBuild("CUDA 13.0", "+cu130", "cu130")
ROCM = TorchBuild("ROCm 7.2", "+rocm7.2", "rocm7.2")


def torch_build(accelerator: Accelerator) -> TorchBuild:
    """Return the build that computes on `accelerator`."""
    match accelerator:
        case Accelerator.CPU | Accelerator.NPU_SIM:
            return CPU
        case Accelerator.CUDA:
            return CUDA
        case Accelerator.ROCM:
            return ROCM
        case _:
            assert_never(accelerator)
