"""Registers a class made inside register(), which each process makes for itself."""

from vllm import ModelRegistry


def register():
    """Make the class and register it; no process hands it to another."""
    from fixture_model_local_class.model import FixtureModel

    class LocalModel(FixtureModel):
        """Importable from nowhere."""

    if "FixtureModelLocalClassForCausalLM" not in ModelRegistry.get_supported_archs():
        ModelRegistry.register_model("FixtureModelLocalClassForCausalLM", LocalModel)
