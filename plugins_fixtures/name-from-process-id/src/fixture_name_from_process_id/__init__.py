"""Registers an architecture whose name holds the process id."""

import os

from vllm import ModelRegistry


def register():
    """Register under a name that no other process knows."""
    architecture = f"FixtureProcess{os.getpid()}ForCausalLM"
    if architecture not in ModelRegistry.get_supported_archs():
        ModelRegistry.register_model(architecture, "fixture_name_from_process_id.model:FixtureModel")
