"""Registers a model by a string with two colons."""

from vllm import ModelRegistry


def register():
    """Register with one colon too many."""
    ModelRegistry.register_model(
        "FixtureLazyStringTwoColonsForCausalLM", "fixture_lazy_string_two_colons:model:FixtureModel"
    )
