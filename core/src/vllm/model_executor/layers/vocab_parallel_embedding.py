"""Token embeddings and the output head on one rank.

`vllm/model_executor/layers/vocab_parallel_embedding.py`.
"""

from __future__ import annotations

from typing import Any, Optional

import torch
from torch import nn
from torch.nn import functional

from vllm._reference import trim
from vllm._reference.engine.weights import default_weight_loader
from vllm.model_executor.layers.linear import UnquantizedLinearMethod

DEFAULT_VOCAB_PADDING_SIZE = 64


class UnquantizedEmbeddingMethod(UnquantizedLinearMethod):
    """Plain weights."""

    def embedding(self, layer: nn.Module, input_: torch.Tensor) -> torch.Tensor:
        """Look rows up."""
        return functional.embedding(input_, layer.weight)


class VocabParallelEmbedding(nn.Module):
    """Embedding of the whole vocabulary, unpadded."""

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        params_dtype: Optional[torch.dtype] = None,
        org_num_embeddings: Optional[int] = None,
        padding_size: int = DEFAULT_VOCAB_PADDING_SIZE,
        quant_config: Any = None,
        prefix: str = "",
    ) -> None:
        super().__init__()
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.org_vocab_size = org_num_embeddings or num_embeddings
        self.padding_size, self.quant_config, self.prefix = padding_size, quant_config, prefix
        self.quant_method = UnquantizedEmbeddingMethod()
        dtype = params_dtype or torch.get_default_dtype()
        self.weight = nn.Parameter(torch.empty(num_embeddings, embedding_dim, dtype=dtype))
        self.weight.weight_loader = self.weight_loader  # type: ignore[attr-defined]

    def weight_loader(self, param: Any, loaded_weight: torch.Tensor) -> None:
        """Copy."""
        default_weight_loader(param, loaded_weight)

    def forward(self, input_: torch.Tensor) -> torch.Tensor:
        """Look rows up."""
        return self.quant_method.embedding(self, input_)


class ParallelLMHead(VocabParallelEmbedding):
    """The output head; it is applied by `LogitsProcessor`, not called."""

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        bias: bool = False,
        params_dtype: Optional[torch.dtype] = None,
        org_num_embeddings: Optional[int] = None,
        padding_size: int = DEFAULT_VOCAB_PADDING_SIZE,
        quant_config: Any = None,
        prefix: str = "",
    ) -> None:
        super().__init__(
            num_embeddings,
            embedding_dim,
            params_dtype,
            org_num_embeddings,
            padding_size,
            quant_config,
            prefix,
        )
        if bias:
            self.bias = nn.Parameter(torch.zeros(num_embeddings))
        else:
            self.register_parameter("bias", None)

    def tie_weights(self, embed_tokens: VocabParallelEmbedding) -> ParallelLMHead:
        """Share the embedding's weights."""
        self.weight = embed_tokens.weight
        return self

    def forward(self, input_: torch.Tensor) -> torch.Tensor:
        """Not to be called."""
        raise RuntimeError("LMHead's weights should be used in the sampler.")


trim(globals())
