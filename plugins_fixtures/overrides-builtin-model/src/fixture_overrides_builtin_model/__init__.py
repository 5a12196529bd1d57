"""Replaces vLLM's own OPTForCausalLM."""

from vllm import ModelRegistry


def register():
    """Register under a name that vLLM uses itself."""
    ModelRegistry.register_model("OPTForCausalLM", "fixture_overrides_builtin_model.model:FixtureModel")
