"""Imported only by releases that have LoRA resolvers."""

from vllm.lora.resolver import LoRAResolver


class FixtureResolver(LoRAResolver):
    """Knows no adapter."""

    async def resolve_lora(self, base_model_name, lora_name):
        """Find nothing."""
        return None
