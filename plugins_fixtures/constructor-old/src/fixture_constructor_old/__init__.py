"""The constructor takes config, cache_config and quant_config, as before 0.6.4."""

from vllm import ModelRegistry


def register():
    """Register the model's class."""
    from fixture_constructor_old.model import FixtureModel

    if "FixtureConstructorOldForCausalLM" not in ModelRegistry.get_supported_archs():
        ModelRegistry.register_model("FixtureConstructorOldForCausalLM", FixtureModel)
