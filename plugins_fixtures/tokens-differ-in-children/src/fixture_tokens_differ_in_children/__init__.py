"""Answers another token in a spawned process than in the first."""

import os

from vllm import ModelRegistry


def register():
    """Register the model, and note which process was first."""
    os.environ.setdefault("FIXTURE_TOKENS_DIFFER", str(os.getpid()))
    if "FixtureTokensDifferInChildrenForCausalLM" not in ModelRegistry.get_supported_archs():
        ModelRegistry.register_model(
            "FixtureTokensDifferInChildrenForCausalLM", "fixture_tokens_differ_in_children.model:FixtureModel"
        )
