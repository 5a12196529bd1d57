"""Normalisation (`vllm/model_executor/layers/layernorm.py`)."""

from __future__ import annotations

from typing import Any, Optional

import torch
from torch import nn

from vllm._reference import trim
from vllm.model_executor.custom_op import CustomOp
from vllm.model_executor.layers.activation import _registered


@_registered("rms_norm")
class RMSNorm(CustomOp):
    """Root-mean-square norm; with a residual it returns the sum too."""

    def __init__(self, hidden_size: int, eps: float = 1e-6, **_: Any) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.variance_epsilon = eps
        self.weight = nn.Parameter(torch.ones(hidden_size))

    def forward_native(self, x: torch.Tensor, residual: Optional[torch.Tensor] = None) -> Any:
        """Compute it in float32."""
        if residual is not None:
            x = x + residual
            residual = x
        wide = x.float()
        normed = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + self.variance_epsilon)
        normed = normed.to(x.dtype) * self.weight
        return normed if residual is None else (normed, residual)


trim(globals())
