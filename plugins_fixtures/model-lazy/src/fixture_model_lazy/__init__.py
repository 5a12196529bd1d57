"""Registers a model as `module:Class`, which releases from 0.6.3 on take."""

from vllm import ModelRegistry


def register():
    """Register the model by name, so that nothing heavy is imported."""
    if "FixtureModelLazyForCausalLM" not in ModelRegistry.get_supported_archs():
        ModelRegistry.register_model("FixtureModelLazyForCausalLM", "fixture_model_lazy.model:FixtureModel")
