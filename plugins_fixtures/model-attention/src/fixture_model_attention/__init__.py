"""Registers a model that computes with vLLM's own layers."""

from vllm import ModelRegistry


def register():
    """Register the model by name, so that nothing heavy is imported."""
    if "FixtureModelAttentionForCausalLM" not in ModelRegistry.get_supported_archs():
        ModelRegistry.register_model(
            "FixtureModelAttentionForCausalLM", "fixture_model_attention.model:FixtureModel"
        )
