"""The documented dummy multimodal model, for the `compute_logits` of every release."""

from vllm.model_executor.models.llava import (
    LlavaDummyInputsBuilder,
    LlavaForConditionalGeneration,
    LlavaMultiModalProcessor,
    LlavaProcessingInfo,
)
from vllm.multimodal import MULTIMODAL_REGISTRY


@MULTIMODAL_REGISTRY.register_processor(
    LlavaMultiModalProcessor,
    info=LlavaProcessingInfo,
    dummy_inputs=LlavaDummyInputsBuilder,
)
class MyLlava(LlavaForConditionalGeneration):
    """LLaVA whose likeliest token is 0."""

    def compute_logits(self, hidden_states, *args, **kwargs):
        """Overrule LLaVA's logits; the second argument went with 0.11.0."""
        logits = super().compute_logits(hidden_states, *args, **kwargs)
        if logits is not None:
            logits.zero_()
            logits[:, 0] += 1.0
        return logits
