"""VLLM's documented dummy: OPT that always answers token 0."""

from vllm import ModelRegistry


def register():
    """Register the class, as vLLM's own example does."""
    from fixture_model_documented_opt.my_opt import MyOPTForCausalLM

    if "MyOPTForCausalLM" not in ModelRegistry.get_supported_archs():
        ModelRegistry.register_model("MyOPTForCausalLM", MyOPTForCausalLM)
