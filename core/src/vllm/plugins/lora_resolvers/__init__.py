"""LoRA resolvers that vLLM brings as general plugins."""
