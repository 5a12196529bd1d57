"""The entry point's name holds a comma, on which VLLM_PLUGINS is split."""


def register():
    """Do nothing."""
