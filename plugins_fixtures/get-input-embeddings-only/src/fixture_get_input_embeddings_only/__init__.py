"""Has get_input_embeddings and no embed_input_ids."""

from vllm import ModelRegistry


def register():
    """Register the model's class."""
    from fixture_get_input_embeddings_only.model import FixtureModel

    if "FixtureGetInputEmbeddingsOnlyForCausalLM" not in ModelRegistry.get_supported_archs():
        ModelRegistry.register_model("FixtureGetInputEmbeddingsOnlyForCausalLM", FixtureModel)
