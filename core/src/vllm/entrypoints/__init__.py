"""Part of the engine (`vllm/entrypoints`)."""
