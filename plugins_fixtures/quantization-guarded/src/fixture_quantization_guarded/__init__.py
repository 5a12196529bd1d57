"""Registers a quantization method unless it is registered."""

import threading

_lock = threading.Lock()


def register():
    """Register from 0.7.0 on, and once."""
    try:
        from vllm.model_executor.layers.quantization import (
            QUANTIZATION_METHODS,
            register_quantization_config,
        )
    except ImportError:
        return
    from fixture_quantization_guarded.quantization import FixtureConfig

    with _lock:
        if "fixture-quantization-guarded" not in QUANTIZATION_METHODS:
            register_quantization_config("fixture-quantization-guarded")(FixtureConfig)
