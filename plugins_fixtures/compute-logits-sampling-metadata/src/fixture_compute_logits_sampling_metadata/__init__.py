"""Compute_logits requires sampling_metadata, which 0.11.0 stopped passing."""

from vllm import ModelRegistry


def register():
    """Register the model's class."""
    from fixture_compute_logits_sampling_metadata.model import FixtureModel

    if "FixtureComputeLogitsSamplingMetadataForCausalLM" not in ModelRegistry.get_supported_archs():
        ModelRegistry.register_model("FixtureComputeLogitsSamplingMetadataForCausalLM", FixtureModel)
