"""Part of the engine (`vllm/engine`)."""
