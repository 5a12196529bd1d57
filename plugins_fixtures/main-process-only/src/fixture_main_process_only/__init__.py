"""Registers only where multiprocessing calls the process MainProcess."""

import multiprocessing

from vllm import ModelRegistry


def register():
    """Register nowhere but in the main process."""
    if multiprocessing.current_process().name != "MainProcess":
        return
    if "FixtureMainProcessOnlyForCausalLM" not in ModelRegistry.get_supported_archs():
        ModelRegistry.register_model(
            "FixtureMainProcessOnlyForCausalLM", "fixture_main_process_only.model:FixtureModel"
        )
