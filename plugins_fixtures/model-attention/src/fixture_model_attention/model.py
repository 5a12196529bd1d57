"""A decoder of one kind of layer, written against the interface of vLLM 0.20.0 and later."""

from torch import nn
from vllm.model_executor.layers.attention import Attention
from vllm.model_executor.layers.linear import QKVParallelLinear, RowParallelLinear
from vllm.model_executor.layers.logits_processor import LogitsProcessor
from vllm.model_executor.layers.vocab_parallel_embedding import ParallelLMHead, VocabParallelEmbedding
from vllm.model_executor.models.utils import maybe_prefix

NARROW = 96
"""Width of what the head sees: random weights of one shape are equal, and embedding and head must not be."""


class FixtureLayer(nn.Module):
    """Attention, and no way around it: every token's answer depends on those before it."""

    def __init__(self, config, cache_config, prefix):
        """Make the projections and the attention between them."""
        super().__init__()
        heads, kv_heads = config.num_attention_heads, config.num_key_value_heads
        size = config.hidden_size // heads
        self.sizes = [heads * size, kv_heads * size, kv_heads * size]
        self.qkv = QKVParallelLinear(
            config.hidden_size, size, heads, kv_heads, bias=False, prefix=maybe_prefix(prefix, "qkv")
        )
        self.attention = Attention(
            heads,
            size,
            size**-0.5,
            num_kv_heads=kv_heads,
            cache_config=cache_config,
            prefix=maybe_prefix(prefix, "attention"),
        )
        self.out = RowParallelLinear(
            heads * size, config.hidden_size, bias=False, prefix=maybe_prefix(prefix, "out")
        )

    def forward(self, hidden):
        """Attend."""
        query, key, value = self.qkv(hidden)[0].split(self.sizes, dim=-1)
        return self.out(self.attention(query, key, value))[0]


class FixtureModel(nn.Module):
    """Embeds, attends in every layer, and answers with an output head of its own."""

    def __init__(self, *, vllm_config, prefix=""):
        """Make the layers."""
        super().__init__()
        config = vllm_config.model_config.hf_config
        self.embedding = VocabParallelEmbedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList(
            FixtureLayer(config, vllm_config.cache_config, maybe_prefix(prefix, f"layers.{number}"))
            for number in range(config.num_hidden_layers)
        )
        self.narrow = RowParallelLinear(
            config.hidden_size, NARROW, bias=False, prefix=maybe_prefix(prefix, "narrow")
        )
        self.head = ParallelLMHead(config.vocab_size, NARROW, prefix=maybe_prefix(prefix, "head"))
        self.logits = LogitsProcessor(config.vocab_size)

    def embed_input_ids(self, input_ids):
        """Embed tokens."""
        return self.embedding(input_ids)

    def forward(self, input_ids, positions, intermediate_tensors=None, inputs_embeds=None, **kwargs):
        """Return hidden states; this model knows no positions."""
        hidden = self.embed_input_ids(input_ids) if inputs_embeds is None else inputs_embeds
        for layer in self.layers:
            hidden = layer(hidden)
        return self.narrow(hidden)[0]

    def compute_logits(self, hidden_states):
        """Return logits."""
        return self.logits(self.head, hidden_states)

    def load_weights(self, weights):
        """Consume the weights."""
        return {name for name, _ in weights}
