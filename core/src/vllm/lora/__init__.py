"""LoRA, as far as resolver plugins see it."""
