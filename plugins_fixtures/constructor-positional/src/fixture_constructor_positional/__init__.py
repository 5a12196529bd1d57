"""Vllm_config and prefix are not keyword-only, which 0.6.4 alone insists on."""

from vllm import ModelRegistry


def register():
    """Register the model by name, so that nothing heavy is imported."""
    if "FixtureConstructorPositionalForCausalLM" not in ModelRegistry.get_supported_archs():
        ModelRegistry.register_model(
            "FixtureConstructorPositionalForCausalLM", "fixture_constructor_positional.model:FixtureModel"
        )
