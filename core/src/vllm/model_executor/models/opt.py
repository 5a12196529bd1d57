"""A small OPT: real layers, random weights (`vllm/model_executor/models/opt.py`)."""

from __future__ import annotations

from typing import Any, Optional

import torch
from torch import nn

from vllm._reference import at_least, trim
from vllm._reference.engine.attention_layer import Attention
from vllm._reference.engine.model_parts import CausalLM, attend, maybe_prefix
from vllm.model_executor.layers.activation import get_act_fn
from vllm.model_executor.layers.linear import ColumnParallelLinear, QKVParallelLinear, RowParallelLinear
from vllm.model_executor.layers.vocab_parallel_embedding import VocabParallelEmbedding
from vllm.model_executor.models import interfaces


class OPTLearnedPositionalEmbedding(nn.Embedding):
    """Positions, offset by two as OPT has them."""

    def __init__(self, num_embeddings: int, embedding_dim: int) -> None:
        self.offset = 2
        super().__init__(num_embeddings + 2, embedding_dim)

    def forward(self, positions: torch.Tensor) -> torch.Tensor:
        """Look rows up."""
        return super().forward(positions + self.offset)


class OPTAttention(nn.Module):
    """Attention with packed projections."""

    def __init__(self, config: Any, cache_config: Any, quant_config: Any, prefix: str) -> None:
        super().__init__()
        heads, size = config.num_attention_heads, config.hidden_size // config.num_attention_heads
        self.width = config.hidden_size
        self.qkv_proj = QKVParallelLinear(config.hidden_size, size, heads, quant_config=quant_config)
        self.out_proj = RowParallelLinear(config.hidden_size, config.hidden_size, quant_config=quant_config)
        self.attn = Attention(
            heads, size, size**-0.5, cache_config=cache_config, prefix=maybe_prefix(prefix, "attn")
        )

    def forward(self, hidden: torch.Tensor, cache: Any, metadata: Any) -> torch.Tensor:
        """Attend."""
        q, k, v = self.qkv_proj(hidden)[0].split(self.width, dim=-1)
        return self.out_proj(attend(self.attn, q, k, v, cache, metadata))[0]


class OPTDecoderLayer(nn.Module):
    """One layer."""

    def __init__(
        self, config: Any, cache_config: Any = None, quant_config: Any = None, prefix: str = ""
    ) -> None:
        super().__init__()
        self.self_attn = OPTAttention(config, cache_config, quant_config, maybe_prefix(prefix, "self_attn"))
        self.self_attn_layer_norm = nn.LayerNorm(config.hidden_size)
        self.fc1 = ColumnParallelLinear(config.hidden_size, config.ffn_dim, quant_config=quant_config)
        self.activation_fn = get_act_fn(config.activation_function)
        self.fc2 = RowParallelLinear(config.ffn_dim, config.hidden_size, quant_config=quant_config)
        self.final_layer_norm = nn.LayerNorm(config.hidden_size)

    def forward(self, hidden: torch.Tensor, cache: Any = None, metadata: Any = None) -> torch.Tensor:
        """Attend, then feed forward."""
        hidden = hidden + self.self_attn(self.self_attn_layer_norm(hidden), cache, metadata)
        inner = self.activation_fn(self.fc1(self.final_layer_norm(hidden))[0])
        return hidden + self.fc2(inner)[0]


class OPTModel(nn.Module):
    """The decoder without its head."""

    def __init__(
        self, config: Any, cache_config: Any = None, quant_config: Any = None, prefix: str = ""
    ) -> None:
        super().__init__()
        self.embed_tokens = VocabParallelEmbedding(config.vocab_size, config.hidden_size)
        self.embed_positions = OPTLearnedPositionalEmbedding(
            config.max_position_embeddings, config.hidden_size
        )
        self.layers = nn.ModuleList(
            OPTDecoderLayer(config, cache_config, quant_config, maybe_prefix(prefix, f"layers.{index}"))
            for index in range(config.num_hidden_layers)
        )
        self.final_layer_norm = nn.LayerNorm(config.hidden_size)

    def embed(self, input_ids: torch.Tensor) -> torch.Tensor:
        """Embed token ids."""
        return self.embed_tokens(input_ids)

    def forward(
        self,
        input_ids: Any,
        positions: torch.Tensor,
        kv_caches: Any = None,
        attn_metadata: Any = None,
        inputs_embeds: Optional[torch.Tensor] = None,
    ) -> torch.Tensor:
        """Return hidden states."""
        hidden = self.embed(input_ids) if inputs_embeds is None else inputs_embeds
        hidden = hidden + self.embed_positions(positions)
        for index, layer in enumerate(self.layers):
            hidden = layer(hidden, None if kv_caches is None else kv_caches[index], attn_metadata)
        return self.final_layer_norm(hidden)


_PIPELINED = (interfaces.SupportsPP,) if at_least("0.6.3") else ()


class OPTForCausalLM(CausalLM, *_PIPELINED):  # type: ignore[misc]
    """OPT with its head."""

    packed_modules_mapping = {"qkv_proj": ["q_proj", "k_proj", "v_proj"]}  # noqa: RUF012 - the release's plain dictionary

    def build(self, config: Any, cache_config: Any, quant_config: Any, prefix: str) -> None:
        """Make the layers."""
        self.model = OPTModel(config, cache_config, quant_config, maybe_prefix(prefix, "model.decoder"))
        self.finish(config, self.model.embed_tokens, prefix)


trim(globals())
