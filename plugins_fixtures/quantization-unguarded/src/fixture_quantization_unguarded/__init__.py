"""Registers a quantization method each time, which raises up to 0.11.0."""

import threading

_lock = threading.Lock()


def register():
    """Register without looking."""
    from vllm.model_executor.layers.quantization import register_quantization_config

    from fixture_quantization_unguarded.quantization import FixtureConfig

    with _lock:
        register_quantization_config("fixture-quantization-unguarded")(FixtureConfig)
