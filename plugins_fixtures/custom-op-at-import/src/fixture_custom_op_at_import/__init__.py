"""Replaces an operator while a module is imported, which happens once."""


def register():
    """Import the operators where the release lets plugins replace them, from 0.9.2 on."""
    from vllm.model_executor.custom_op import CustomOp

    if hasattr(CustomOp, "register_oot"):
        import fixture_custom_op_at_import.operators  # noqa: F401
