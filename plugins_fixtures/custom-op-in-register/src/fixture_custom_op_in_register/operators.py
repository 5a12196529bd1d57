"""The operator that register() registers."""

from vllm.model_executor.custom_op import CustomOp


class FixtureInRegister(CustomOp):
    """Stands for the operator of that name."""
