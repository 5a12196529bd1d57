"""The constructor takes vllm_config and no prefix, so it is called as if it were old."""

from vllm import ModelRegistry


def register():
    """Register the model by name, so that nothing heavy is imported."""
    if "FixtureConstructorWithoutPrefixForCausalLM" not in ModelRegistry.get_supported_archs():
        ModelRegistry.register_model(
            "FixtureConstructorWithoutPrefixForCausalLM",
            "fixture_constructor_without_prefix.model:FixtureModel",
        )
