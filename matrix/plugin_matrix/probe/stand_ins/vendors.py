"""What vendors' modules add to torch when they are imported, as far as plugins count on it."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from .value import StandIn

DEVICES = {
    "habana_frameworks": "hpu",
    "torch_gcu": "gcu",
    "torch_mlu": "mlu",
    "torch_musa": "musa",
    "torch_npu": "npu",
}
"""Top module to the device module it registers as `torch.<device>`."""
ADDITIONS = {"torch_npu": ("distributed.is_hccl_available",)}
"""What else it puts into torch, where a plugin was seen to ask for it (vllm-ascend 0.23.0)."""
_OF_TORCH = frozenset(("hpu",))
"""Devices that torch knows by itself; the others take its place for a private one."""


def join_torch(top: str, device_module: Any) -> None:
    """Do to torch what importing the vendor's `top` does; what torch has already stays as it is."""
    device = DEVICES.get(top)
    if device is None or ("torch" not in sys.modules and find_spec("torch") is None):
        return
    torch = import_module("torch")
    if device not in _OF_TORCH:
        try:
            torch.utils.rename_privateuse1_backend(device)
        except RuntimeError:
            return  # another vendor's module has taken the place
    if not hasattr(torch, device):
        torch._register_device_module(device, device_module(f"torch.{device}"))
    for path in (f"ops.{device}", *ADDITIONS.get(top, ())):
        holder, _, name = path.rpartition(".")
        owner = import_module(f"torch.{holder}") if holder != "ops" else torch.ops
        if name not in vars(owner):
            setattr(owner, name, StandIn(f"torch.{path}"))
