"""Forward requires kv_caches and attn_metadata, which 0.8.0 stopped passing."""

from vllm import ModelRegistry


def register():
    """Register the model's class."""
    from fixture_forward_kv_caches.model import FixtureModel

    if "FixtureForwardKvCachesForCausalLM" not in ModelRegistry.get_supported_archs():
        ModelRegistry.register_model("FixtureForwardKvCachesForCausalLM", FixtureModel)
