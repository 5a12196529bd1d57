"""VLLM's documented dummy: LLaVA with its multimodal processor."""

from vllm import ModelRegistry


def register():
    """Register the model by name, as vLLM's own example does."""
    if "MyLlava" not in ModelRegistry.get_supported_archs():
        ModelRegistry.register_model("MyLlava", "fixture_model_documented_llava.my_llava:MyLlava")
