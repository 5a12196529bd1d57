"""Answers another token in a spawned process than in the first."""

import os

from vllm import ModelRegistry

MARK = "FIXTURE_TOKENS_DIFFER_IN_CHILDREN"
FIRST = MARK not in os.environ
"""Whether this process is the first: children inherit the mark that register() leaves."""


def register():
    """Leave the mark and register the model."""
    os.environ[MARK] = "left"
    if "FixtureTokensDifferInChildrenForCausalLM" not in ModelRegistry.get_supported_archs():
        ModelRegistry.register_model(
            "FixtureTokensDifferInChildrenForCausalLM", "fixture_tokens_differ_in_children.model:FixtureModel"
        )
