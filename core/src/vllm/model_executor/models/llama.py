"""A small Llama: real layers, random weights (`vllm/model_executor/models/llama.py`)."""

from __future__ import annotations

from typing import Any, Optional

import torch
from torch import nn

from vllm._reference import at_least, trim
from vllm._reference.engine.attention_layer import Attention
from vllm._reference.engine.model_parts import CausalLM, attend, maybe_prefix
from vllm.model_executor.layers.activation import SiluAndMul
from vllm.model_executor.layers.layernorm import RMSNorm
from vllm.model_executor.layers.linear import MergedColumnParallelLinear, QKVParallelLinear, RowParallelLinear
from vllm.model_executor.layers.rotary_embedding import get_rope
from vllm.model_executor.layers.vocab_parallel_embedding import VocabParallelEmbedding
from vllm.model_executor.models import interfaces


class LlamaMLP(nn.Module):
    """Gated feed-forward."""

    def __init__(
        self,
        hidden_size: int,
        intermediate_size: int,
        hidden_act: str,
        quant_config: Any = None,
        prefix: str = "",
        **_: Any,
    ) -> None:
        super().__init__()
        del hidden_act
        self.gate_up_proj = MergedColumnParallelLinear(
            hidden_size,
            [intermediate_size] * 2,
            False,
            quant_config=quant_config,
            prefix=maybe_prefix(prefix, "gate_up"),
        )
        self.down_proj = RowParallelLinear(intermediate_size, hidden_size, False, quant_config=quant_config)
        self.act_fn = SiluAndMul()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Feed forward."""
        return self.down_proj(self.act_fn(self.gate_up_proj(x)[0]))[0]


class LlamaAttention(nn.Module):
    """Grouped attention with rotary positions."""

    def __init__(self, config: Any, cache_config: Any, quant_config: Any, prefix: str) -> None:
        super().__init__()
        heads = config.num_attention_heads
        size = getattr(config, "head_dim", None) or config.hidden_size // heads
        kv_heads = config.num_key_value_heads
        self.sizes = [heads * size, kv_heads * size, kv_heads * size]
        self.qkv_proj = QKVParallelLinear(
            config.hidden_size, size, heads, kv_heads, False, quant_config=quant_config
        )
        self.o_proj = RowParallelLinear(heads * size, config.hidden_size, False, quant_config=quant_config)
        theta = getattr(config, "rope_theta", 10000.0)
        if at_least("0.12.0"):
            self.rotary_emb = get_rope(
                size, config.max_position_embeddings, rope_parameters={"rope_theta": theta}
            )
        else:
            self.rotary_emb = get_rope(size, size, config.max_position_embeddings, theta)
        self.attn = Attention(
            heads, size, size**-0.5, kv_heads, cache_config=cache_config, prefix=maybe_prefix(prefix, "attn")
        )

    def forward(
        self, positions: torch.Tensor, hidden: torch.Tensor, cache: Any, metadata: Any
    ) -> torch.Tensor:
        """Attend."""
        q, k, v = self.qkv_proj(hidden)[0].split(self.sizes, dim=-1)
        q, k = self.rotary_emb(positions, q, k)
        return self.o_proj(attend(self.attn, q, k, v, cache, metadata))[0]


class LlamaDecoderLayer(nn.Module):
    """One layer."""

    def __init__(
        self, config: Any, cache_config: Any = None, quant_config: Any = None, prefix: str = ""
    ) -> None:
        super().__init__()
        self.self_attn = LlamaAttention(config, cache_config, quant_config, maybe_prefix(prefix, "self_attn"))
        self.mlp = LlamaMLP(
            config.hidden_size, config.intermediate_size, config.hidden_act, quant_config, prefix
        )
        self.input_layernorm = RMSNorm(config.hidden_size, eps=config.rms_norm_eps)
        self.post_attention_layernorm = RMSNorm(config.hidden_size, eps=config.rms_norm_eps)

    def forward(
        self, positions: torch.Tensor, hidden: torch.Tensor, cache: Any = None, metadata: Any = None
    ) -> torch.Tensor:
        """Attend, then feed forward."""
        hidden = hidden + self.self_attn(positions, self.input_layernorm(hidden), cache, metadata)
        return hidden + self.mlp(self.post_attention_layernorm(hidden))


class LlamaModel(nn.Module):
    """The decoder without its head."""

    def __init__(
        self, config: Any, cache_config: Any = None, quant_config: Any = None, prefix: str = ""
    ) -> None:
        super().__init__()
        self.embed_tokens = VocabParallelEmbedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList(
            LlamaDecoderLayer(config, cache_config, quant_config, maybe_prefix(prefix, f"layers.{index}"))
            for index in range(config.num_hidden_layers)
        )
        self.norm = RMSNorm(config.hidden_size, eps=config.rms_norm_eps)

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
        for index, layer in enumerate(self.layers):
            hidden = layer(positions, hidden, None if kv_caches is None else kv_caches[index], attn_metadata)
        return self.norm(hidden)


_ABILITIES = (interfaces.SupportsLoRA, *((interfaces.SupportsPP,) if at_least("0.6.3") else ()))


class LlamaForCausalLM(CausalLM, *_ABILITIES):  # type: ignore[misc]
    """Llama with its head."""

    packed_modules_mapping = {  # noqa: RUF012 (a plain dictionary in the releases)
        "qkv_proj": ["q_proj", "k_proj", "v_proj"],
        "gate_up_proj": ["gate_proj", "up_proj"],
    }
    supported_lora_modules = ["qkv_proj", "o_proj", "gate_up_proj", "down_proj", "embed_tokens", "lm_head"]  # noqa: RUF012 - as above
    embedding_modules = {"embed_tokens": "input_embeddings", "lm_head": "output_embeddings"}  # noqa: RUF012 - as above
    embedding_padding_modules = ["lm_head"]  # noqa: RUF012 - as above

    def build(self, config: Any, cache_config: Any, quant_config: Any, prefix: str) -> None:
        """Make the layers."""
        self.model = LlamaModel(config, cache_config, quant_config, maybe_prefix(prefix, "model"))
        self.finish(config, self.model.embed_tokens, prefix)


trim(globals())
