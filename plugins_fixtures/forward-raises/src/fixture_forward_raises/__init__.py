"""Forward raises."""

from vllm import ModelRegistry


def register():
    """Register the model by name, so that nothing heavy is imported."""
    if "FixtureForwardRaisesForCausalLM" not in ModelRegistry.get_supported_archs():
        ModelRegistry.register_model(
            "FixtureForwardRaisesForCausalLM", "fixture_forward_raises.model:FixtureModel"
        )
