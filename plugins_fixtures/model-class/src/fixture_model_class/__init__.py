"""Registers a model's class; the model suits every release from 0.5.5 to 0.33.0."""

from vllm import ModelRegistry


def register():
    """Register the model's class."""
    from fixture_model_class.model import FixtureModel

    if "FixtureModelClassForCausalLM" not in ModelRegistry.get_supported_archs():
        ModelRegistry.register_model("FixtureModelClassForCausalLM", FixtureModel)
