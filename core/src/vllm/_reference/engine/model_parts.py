"""What the built-in models share: constructor of the release, sampling, forward of the release."""

from __future__ import annotations

from typing import Any, Callable, Iterable, List, Set, Tuple

import torch
from torch import nn

from vllm._reference import at_least


def maybe_prefix(prefix: str, name: str) -> str:
    """Join with a dot where there is a prefix."""
    return f"{prefix}.{name}" if prefix else name


def make_empty_intermediate_tensors_factory(keys: List[str], hidden_size: int) -> Callable[..., Any]:
    """Return a maker of zeros for the named tensors."""

    def make(batch_size: int, dtype: Any, device: Any) -> Any:
        from vllm.sequence import IntermediateTensors

        return IntermediateTensors(
            {key: torch.zeros((batch_size, hidden_size), dtype=dtype, device=device) for key in keys}
        )

    return make


def attend(attention: nn.Module, q: Any, k: Any, v: Any, cache: Any, metadata: Any) -> torch.Tensor:
    """Call an attention layer as models of the release do."""
    if at_least("0.8.0"):
        return attention(q, k, v)
    return attention(q, k, v, cache, metadata)


class CausalLM(nn.Module):
    """Base of the built-in generative models: `self.model`, `self.lm_head`, `self.logits_processor`."""

    if at_least("0.6.4"):

        def __init__(self, *, vllm_config: Any, prefix: str = "") -> None:
            super().__init__()
            self.vllm_config = vllm_config
            self.build(
                vllm_config.model_config.hf_config, vllm_config.cache_config, vllm_config.quant_config, prefix
            )

    else:

        def __init__(  # type: ignore[misc]
            self, config: Any, cache_config: Any = None, quant_config: Any = None, **extra: Any
        ) -> None:
            super().__init__()
            self.extra = extra
            self.build(config, cache_config, quant_config, "")

    def build(self, config: Any, cache_config: Any, quant_config: Any, prefix: str) -> None:
        """Make the layers."""
        raise NotImplementedError

    def finish(self, config: Any, embeddings: Any, prefix: str) -> None:
        """Make the output head and what samples."""
        from vllm.model_executor.layers.logits_processor import LogitsProcessor
        from vllm.model_executor.layers.vocab_parallel_embedding import ParallelLMHead

        self.config = config
        if getattr(config, "tie_word_embeddings", False):
            self.lm_head = embeddings
        else:
            self.lm_head = ParallelLMHead(config.vocab_size, config.hidden_size)
        self.logits_processor = LogitsProcessor(config.vocab_size)
        self.make_empty_intermediate_tensors = make_empty_intermediate_tensors_factory(
            ["hidden_states"], config.hidden_size
        )
        if not at_least("0.8.5"):
            from vllm.model_executor.layers import sampler

            self.sampler = sampler.get_sampler() if at_least("0.6.4") else sampler.Sampler()

    def embed(self, input_ids: torch.Tensor) -> torch.Tensor:
        """Embed token ids."""
        return self.model.embed(input_ids)

    if at_least("0.11.1"):

        def embed_input_ids(self, input_ids: torch.Tensor, *_: Any, **__: Any) -> torch.Tensor:
            """Embed token ids."""
            return self.embed(input_ids)

    elif at_least("0.6.5"):

        def get_input_embeddings(self, input_ids: torch.Tensor, *_: Any, **__: Any) -> torch.Tensor:
            """Embed token ids."""
            return self.embed(input_ids)

    if at_least("0.8.0"):

        def forward(
            self, input_ids: Any, positions: Any, intermediate_tensors: Any = None, inputs_embeds: Any = None
        ) -> Any:
            """Return hidden states."""
            del intermediate_tensors
            return self.model(input_ids, positions, inputs_embeds=inputs_embeds)

    else:

        def forward(  # type: ignore[misc]
            self,
            input_ids: Any,
            positions: Any,
            kv_caches: Any,
            attn_metadata: Any,
            intermediate_tensors: Any = None,
            inputs_embeds: Any = None,
        ) -> Any:
            """Return hidden states."""
            del intermediate_tensors
            return self.model(input_ids, positions, kv_caches, attn_metadata, inputs_embeds=inputs_embeds)

    if at_least("0.11.0"):

        def compute_logits(self, hidden_states: torch.Tensor) -> Any:
            """Return logits."""
            return self.logits_processor(self.lm_head, hidden_states)

    else:

        def compute_logits(self, hidden_states: torch.Tensor, sampling_metadata: Any) -> Any:  # type: ignore[misc]
            """Return logits of the rows that are sampled from."""
            return self.logits_processor(self.lm_head, hidden_states, sampling_metadata)

    if not at_least("0.8.5"):

        def sample(self, logits: torch.Tensor, sampling_metadata: Any) -> Any:
            """Sample."""
            return self.sampler(logits, sampling_metadata)

    def load_weights(self, weights: Iterable[Tuple[str, Any]]) -> Set[str]:
        """Load weights by name."""
        from vllm.model_executor.models.utils import AutoWeightsLoader

        return AutoWeightsLoader(self).load_weights(weights)
