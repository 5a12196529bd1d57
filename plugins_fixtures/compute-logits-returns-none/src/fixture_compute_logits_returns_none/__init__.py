"""Compute_logits returns None where logits are due."""

from vllm import ModelRegistry


def register():
    """Register the model by name, so that nothing heavy is imported."""
    if "FixtureComputeLogitsReturnsNoneForCausalLM" not in ModelRegistry.get_supported_archs():
        ModelRegistry.register_model(
            "FixtureComputeLogitsReturnsNoneForCausalLM",
            "fixture_compute_logits_returns_none.model:FixtureModel",
        )
