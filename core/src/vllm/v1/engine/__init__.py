"""Part of the engine (`vllm/v1/engine`)."""
