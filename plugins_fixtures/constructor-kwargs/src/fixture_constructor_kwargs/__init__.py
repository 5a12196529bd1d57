"""The constructor takes **kwargs only, so vllm_config is not passed to it."""

from vllm import ModelRegistry


def register():
    """Register the model by name, so that nothing heavy is imported."""
    if "FixtureConstructorKwargsForCausalLM" not in ModelRegistry.get_supported_archs():
        ModelRegistry.register_model(
            "FixtureConstructorKwargsForCausalLM", "fixture_constructor_kwargs.model:FixtureModel"
        )
