"""Makes vLLM find Acme's LoRA adapters by name."""

NAME = "acme"


def register() -> None:
    """Register the resolver; vLLM calls this in every process, and in some of them more than once."""
    from vllm.lora.resolver import LoRAResolverRegistry

    from acme_plugin.resolver import AcmeResolver

    if NAME not in LoRAResolverRegistry.get_supported_resolvers():
        LoRAResolverRegistry.register_resolver(NAME, AcmeResolver())
