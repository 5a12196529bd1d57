"""Has no sample(), which 0.6.4 to 0.8.4 ask for."""

from vllm import ModelRegistry


def register():
    """Register the model by name, so that nothing heavy is imported."""
    if "FixtureNoSampleForCausalLM" not in ModelRegistry.get_supported_archs():
        ModelRegistry.register_model("FixtureNoSampleForCausalLM", "fixture_no_sample.model:FixtureModel")
