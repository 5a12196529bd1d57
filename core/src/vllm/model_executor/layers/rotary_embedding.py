"""Rotary positions (`vllm/model_executor/layers/rotary_embedding.py`, later a package)."""

from __future__ import annotations

from typing import Any, Optional

import torch

from vllm._reference import at_least, trim
from vllm.model_executor.custom_op import CustomOp
from vllm.model_executor.layers.activation import _registered


@_registered("rotary_embedding")
class RotaryEmbedding(CustomOp):
    """Rotates queries and keys by position."""

    def __init__(
        self,
        head_size: int,
        rotary_dim: int,
        max_position_embeddings: int,
        base: float,
        is_neox_style: bool,
        dtype: Optional[torch.dtype] = None,
        **_: Any,
    ) -> None:
        super().__init__()
        self.head_size, self.rotary_dim = head_size, rotary_dim
        self.max_position_embeddings, self.base, self.is_neox_style = (
            max_position_embeddings,
            base,
            is_neox_style,
        )
        frequencies = 1.0 / (base ** (torch.arange(0, rotary_dim, 2, dtype=torch.float) / rotary_dim))
        angles = torch.outer(torch.arange(max_position_embeddings, dtype=torch.float), frequencies)
        cache = torch.cat((angles.cos(), angles.sin()), dim=-1)
        self.register_buffer("cos_sin_cache", cache.to(dtype or torch.get_default_dtype()), persistent=False)

    def _rotate(self, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
        if self.is_neox_style:
            first, second = x.chunk(2, dim=-1)
            return torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1)
        first, second = x[..., ::2], x[..., 1::2]
        return torch.stack((first * cos - second * sin, second * cos + first * sin), dim=-1).flatten(-2)

    def forward_native(
        self, positions: torch.Tensor, query: torch.Tensor, key: Optional[torch.Tensor] = None, *_: Any
    ) -> Any:
        """Return rotated queries and keys in the shapes given."""
        cos, sin = self.cos_sin_cache[positions.flatten()].unsqueeze(1).chunk(2, dim=-1)

        def turned(x: torch.Tensor) -> torch.Tensor:
            heads = x.reshape(positions.numel(), -1, self.head_size)
            part = self._rotate(heads[..., : self.rotary_dim], cos, sin)
            return torch.cat((part, heads[..., self.rotary_dim :]), dim=-1).reshape(x.shape)

        return turned(query), None if key is None else turned(key)


if at_least("0.12.0"):

    def get_rope(
        head_size: int,
        max_position: int,
        is_neox_style: bool = True,
        rope_parameters: Any = None,
        dtype: Optional[torch.dtype] = None,
        **_: Any,
    ) -> RotaryEmbedding:
        """Return the layer; scaled variants are not modelled and rotate like the default one."""
        given = rope_parameters or {}
        turned = int(head_size * given.get("partial_rotary_factor", 1.0))
        return RotaryEmbedding(
            head_size, turned, max_position, given.get("rope_theta", 10000.0), is_neox_style, dtype
        )

else:

    def get_rope(  # type: ignore[misc]
        head_size: int,
        rotary_dim: int,
        max_position: int,
        base: float,
        is_neox_style: bool = True,
        rope_scaling: Any = None,
        dtype: Optional[torch.dtype] = None,
        partial_rotary_factor: float = 1.0,
        **_: Any,
    ) -> RotaryEmbedding:
        """Return the layer; scaled variants are not modelled and rotate like the default one."""
        turned = int(rotary_dim * partial_rotary_factor)
        return RotaryEmbedding(head_size, turned, max_position, base, is_neox_style, dtype)


trim(globals())
