"""A small LLaVA: a linear projector in front of a small Llama, random weights.

`vllm/model_executor/models/llava.py`.

`pixel_values` has one row of any width per image token; there is no vision tower. The processors that the
registry wants are declared, so that a model may derive from this one and register them again.
"""

from __future__ import annotations

from typing import Any, Optional

import torch
from torch import nn

from vllm._reference import at_least, trim
from vllm._reference.engine.model_parts import CausalLM, maybe_prefix
from vllm._reference.engine.processing import (
    BaseDummyInputsBuilder,
    BaseMultiModalProcessor,
    BaseProcessingInfo,
)
from vllm.model_executor.models import interfaces
from vllm.model_executor.models.llama import LlamaModel
from vllm.multimodal import MULTIMODAL_REGISTRY


class LlavaProcessingInfo(BaseProcessingInfo):
    """What the processor knows."""


class LlavaDummyInputsBuilder(BaseDummyInputsBuilder[LlavaProcessingInfo]):
    """Makes inputs for profiling."""


class LlavaMultiModalProcessor(BaseMultiModalProcessor[LlavaProcessingInfo]):
    """Turns prompts into tokens and tensors."""


def get_max_llava_image_tokens(ctx: Any) -> int:
    """Largest number of image tokens (until 0.6.6)."""
    del ctx
    return 1


def dummy_data_for_llava(ctx: Any, seq_len: int, mm_counts: Any, **_: Any) -> Any:
    """Return dummy data for profiling (until 0.6.6)."""
    del ctx, seq_len, mm_counts
    return None


def input_processor_for_llava(ctx: Any, inputs: Any) -> Any:
    """Return the inputs (until 0.6.6)."""
    del ctx
    return inputs


def _registered(cls: Any) -> Any:
    if at_least("0.7.0"):
        decorate = MULTIMODAL_REGISTRY.register_processor(
            LlavaMultiModalProcessor, info=LlavaProcessingInfo, dummy_inputs=LlavaDummyInputsBuilder
        )
    elif at_least("0.6.5"):
        decorate = MULTIMODAL_REGISTRY.register_processor(LlavaMultiModalProcessor)
    else:
        decorate = MULTIMODAL_REGISTRY.register_image_input_mapper()
    return decorate(cls)


_PIPELINED = (interfaces.SupportsPP,) if at_least("0.6.3") else ()


@_registered
class LlavaForConditionalGeneration(CausalLM, interfaces.SupportsMultiModal, *_PIPELINED):  # type: ignore[misc]
    """Text and images in, text out."""

    if not at_least("0.6.4"):

        def __init__(
            self, config: Any, multimodal_config: Any, cache_config: Any = None, quant_config: Any = None
        ) -> None:
            super().__init__(config, cache_config, quant_config)
            self.multimodal_config = multimodal_config

    def build(self, config: Any, cache_config: Any, quant_config: Any, prefix: str) -> None:
        """Make the layers."""
        text = config.get_text_config()
        self.image_token_index = config.image_token_index
        self.multi_modal_projector = nn.Linear(text.hidden_size, text.hidden_size)
        self.model = LlamaModel(
            text, cache_config, quant_config, maybe_prefix(prefix, "language_model.model")
        )
        self.finish(text, self.model.embed_tokens, prefix)
        self.config = config

    def get_language_model(self) -> nn.Module:
        """Return the text part."""
        return self.model

    def _project(self, pixel_values: Optional[torch.Tensor] = None, **_: Any) -> Any:
        if pixel_values is None:
            return None
        width = self.multi_modal_projector.in_features
        rows = pixel_values.float().reshape(pixel_values.shape[0], -1)
        rows = nn.functional.pad(rows, (0, max(0, width - rows.shape[1])))[:, :width]
        return self.multi_modal_projector(rows.to(self.multi_modal_projector.weight.dtype))

    def _merged(self, input_ids: torch.Tensor, image: Any) -> torch.Tensor:
        embeddings = self.embed(input_ids)
        if image is not None:
            embeddings = embeddings.clone()
            embeddings[input_ids == self.image_token_index] = image
        return embeddings

    if at_least("0.11.1"):

        def embed_multimodal(self, **kwargs: Any) -> Any:
            """Embed images."""
            return self._project(**kwargs)

        def embed_input_ids(
            self, input_ids: torch.Tensor, multimodal_embeddings: Any = None, **_: Any
        ) -> torch.Tensor:
            """Embed token ids, images in their places."""
            return self._merged(input_ids, multimodal_embeddings)

    elif at_least("0.6.5"):

        def get_multimodal_embeddings(self, **kwargs: Any) -> Any:
            """Embed images."""
            return self._project(**kwargs)

        def get_input_embeddings(
            self, input_ids: torch.Tensor, multimodal_embeddings: Any = None, **_: Any
        ) -> torch.Tensor:
            """Embed token ids, images in their places."""
            return self._merged(input_ids, multimodal_embeddings)

    def forward(
        self,
        input_ids: Any,
        positions: Any,
        kv_caches: Any = None,
        attn_metadata: Any = None,
        intermediate_tensors: Any = None,
        inputs_embeds: Any = None,
        **kwargs: Any,
    ) -> Any:
        """Return hidden states."""
        del intermediate_tensors
        if inputs_embeds is None and kwargs:
            inputs_embeds = self._merged(input_ids, self._project(**kwargs))
        return self.model(input_ids, positions, kv_caches, attn_metadata, inputs_embeds=inputs_embeds)


trim(globals())
