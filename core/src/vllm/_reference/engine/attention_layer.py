"""The attention layer: plain causal attention over whole sequences, without a key-value cache."""

from __future__ import annotations

import inspect
from typing import Any, Optional

import torch
from torch import nn
from torch.nn import functional

from vllm._reference import at_least, real_module


class Attention(nn.Module):
    """Multi-head, grouped or multi-query attention; a window, soft cap or bias is not modelled."""

    def __init__(
        self,
        num_heads: int,
        head_size: int,
        scale: float,
        num_kv_heads: Optional[int] = None,
        alibi_slopes: Any = None,
        cache_config: Any = None,
        quant_config: Any = None,
        *args: Any,
        prefix: str = "",
        **extra: Any,
    ) -> None:
        super().__init__()
        del alibi_slopes, args
        self.num_heads, self.head_size, self.scale = num_heads, head_size, scale
        self.num_kv_heads = num_kv_heads or num_heads
        self.cache_config, self.quant_config, self.prefix = cache_config, quant_config, prefix
        self.layer_name = prefix
        self.kv_cache_dtype = getattr(cache_config, "cache_dtype", "auto")
        self.attn_type = extra.get("attn_type", "decoder")
        self.sliding_window = extra.get("per_layer_sliding_window")
        self.kv_cache: Any = [torch.empty(0)]
        self._register()
        self.attn_backend = select_backend(self)

    def _register(self) -> None:
        """Note the layer in the current configuration, by its prefix (0.6.5).

        ValueError for a second of that name.
        """
        if not at_least("0.6.5"):
            return
        from vllm.config import get_current_vllm_config

        layers = get_current_vllm_config().compilation_config.static_forward_context
        if self.prefix in layers:
            raise ValueError(f"Duplicate layer name: {self.prefix}")
        layers[self.prefix] = self

    if at_least("0.8.0"):

        def forward(
            self, query: torch.Tensor, key: Any, value: Any, output_shape: Any = None, **_: Any
        ) -> torch.Tensor:
            """Attend; sequences come from the forward context."""
            del output_shape
            return self._attend(query, key, value, None)

    else:

        def forward(  # type: ignore[misc]
            self,
            query: torch.Tensor,
            key: Any,
            value: Any,
            kv_cache: Any,
            attn_metadata: Any,
            *_: Any,
            **__: Any,
        ) -> torch.Tensor:
            """Attend; sequences come from the metadata, on V1 from the forward context."""
            del kv_cache
            return self._attend(query, key, value, attn_metadata)

    def _attend(
        self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, metadata: Any
    ) -> torch.Tensor:
        starts = self._sequences(metadata, query.shape[0])
        q = query.reshape(-1, self.num_heads, self.head_size)
        k = key.reshape(-1, self.num_kv_heads, self.head_size)
        v = value.reshape(-1, self.num_kv_heads, self.head_size)
        repeat = self.num_heads // self.num_kv_heads
        parts = []
        for begin, end in zip(starts[:-1], starts[1:]):
            heads = [x[begin:end].transpose(0, 1) for x in (q, k, v)]
            keys, values = (x.repeat_interleave(repeat, dim=0) for x in heads[1:])
            attended = functional.scaled_dot_product_attention(
                heads[0], keys, values, is_causal=self.attn_type == "decoder", scale=self.scale
            )
            parts.append(attended.transpose(0, 1))
        return torch.cat(parts).reshape(query.shape)

    @staticmethod
    def _sequences(metadata: Any, tokens: int) -> Any:
        from vllm._reference.engine.forward import get_forward_context

        if metadata is None:
            context = get_forward_context()
            metadata = context.attn_metadata if at_least("0.6.5") else context
        return metadata.query_start_loc if metadata is not None else [0, tokens]


def select_backend(layer: Attention) -> Any:
    """Ask the platform for a backend, as the release's layer does.

    The answer is kept and not used for computing.
    """
    if not at_least("0.7.0"):
        return None
    if at_least("0.14.0"):
        from vllm.v1.attention.selector import get_attn_backend
    else:
        from vllm.attention.selector import get_attn_backend
    accepted = inspect.signature(get_attn_backend).parameters
    offered = {
        "block_size": getattr(layer.cache_config, "block_size", None) or 16,
        "is_attention_free": False,
        "use_mla": False,
        "has_sink": False,
        "attn_type": layer.attn_type,
    }
    try:
        return get_attn_backend(
            layer.head_size,
            torch.get_default_dtype(),
            layer.kv_cache_dtype,
            **{name: value for name, value in offered.items() if name in accepted},
        )
    except ModuleNotFoundError as error:
        if error.name is not None and error.name.startswith("vllm.") and real_module(error.name):
            return None  # a backend of vLLM's own that the reference engine does not model
        raise
