"""Activations (`vllm/model_executor/layers/activation.py`)."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional

from vllm._reference import at_least, trim
from vllm.model_executor.custom_op import CustomOp


def _registered(name: str) -> Any:
    return CustomOp.register(name) if at_least("0.6.4") else lambda op: op


@_registered("silu_and_mul")
class SiluAndMul(CustomOp):
    """SiLU of the first half times the second half."""

    def forward_native(self, x: torch.Tensor) -> torch.Tensor:
        """Compute it."""
        half = x.shape[-1] // 2
        return functional.silu(x[..., :half]) * x[..., half:]


@_registered("gelu_and_mul")
class GeluAndMul(CustomOp):
    """GELU of the first half times the second half."""

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward_native(self, x: torch.Tensor) -> torch.Tensor:
        """Compute it."""
        half = x.shape[-1] // 2
        return functional.gelu(x[..., :half], approximate=self.approximate) * x[..., half:]


_ACTIVATIONS = {
    "gelu": nn.GELU,
    "gelu_new": lambda: nn.GELU(approximate="tanh"),
    "gelu_fast": lambda: nn.GELU(approximate="tanh"),
    "gelu_pytorch_tanh": lambda: nn.GELU(approximate="tanh"),
    "relu": nn.ReLU,
    "silu": nn.SiLU,
    "tanh": nn.Tanh,
}


def get_act_fn(act_fn_name: str, *args: Any, **kwargs: Any) -> nn.Module:
    """Return an activation by name; ValueError for an unknown one."""
    try:
        return _ACTIVATIONS[act_fn_name.lower()]()
    except KeyError:
        raise ValueError(f"Activation function {act_fn_name!r} is not supported.") from None


trim(globals())
