"""A stand-in for `torch_npu`: no kernels, and devices that are only told of.

It is there so that platform plugins which look for the module and its devices find them. What it does not
have, it says it does not have.
"""

from importlib.util import find_spec

from torch_npu import npu

__version__ = "2.13.0"
STAND_IN = True


def _join_torch():
    """Become torch's device module `npu`, as the vendor's module does when it is imported."""
    if find_spec("torch") is None:
        return
    import torch  # noqa: PLC0415 - not every environment of the platform has it

    torch.utils.rename_privateuse1_backend("npu")
    torch._register_device_module("npu", npu)  # noqa: SLF001 - what torch has for this


_join_torch()


def __getattr__(name):
    raise AttributeError(f"torch_npu.{name} is not part of the stand-in for torch_npu")
