"""Leaves a mark in the environment and registers only where there was none."""

import os

from vllm import ModelRegistry


def register():
    """Register in the first process; spawned ones inherit the mark and nothing else."""
    if os.environ.get("FIXTURE_FIRST_PROCESS_ONLY"):
        return
    os.environ["FIXTURE_FIRST_PROCESS_ONLY"] = "done"
    ModelRegistry.register_model(
        "FixtureFirstProcessOnlyForCausalLM", "fixture_first_process_only.model:FixtureModel"
    )
