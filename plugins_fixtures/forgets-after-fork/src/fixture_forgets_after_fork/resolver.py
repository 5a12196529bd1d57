"""The resolver that register() registers."""

from vllm.lora.resolver import LoRAResolver


class FixtureResolver(LoRAResolver):
    """Knows no adapter."""

    async def resolve_lora(self, base_model_name, lora_name):
        """Find nothing."""
        return None
