"""Importing this module registers the operator."""

from vllm.model_executor.custom_op import CustomOp


@CustomOp.register_oot(name="FixtureAtImport")
class FixtureAtImport(CustomOp):
    """Stands for the operator of that name."""
