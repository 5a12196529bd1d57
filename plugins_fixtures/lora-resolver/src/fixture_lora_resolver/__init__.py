"""Registers a LoRA resolver where the release has them."""


def register():
    """Register the resolver from 0.8.5 on."""
    try:
        from vllm.lora.resolver import LoRAResolverRegistry
    except ImportError:
        return
    from fixture_lora_resolver.resolver import FixtureResolver

    if "fixture-lora-resolver" not in LoRAResolverRegistry.get_supported_resolvers():
        LoRAResolverRegistry.register_resolver("fixture-lora-resolver", FixtureResolver())
