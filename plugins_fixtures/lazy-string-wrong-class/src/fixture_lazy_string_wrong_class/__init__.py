"""Registers a model by the name of a class that the module does not have."""

from vllm import ModelRegistry


def register():
    """Register a class that is called otherwise."""
    if "FixtureLazyStringWrongClassForCausalLM" not in ModelRegistry.get_supported_archs():
        ModelRegistry.register_model(
            "FixtureLazyStringWrongClassForCausalLM",
            "fixture_lazy_string_wrong_class.model:FixtureModelForCausalLM",
        )
