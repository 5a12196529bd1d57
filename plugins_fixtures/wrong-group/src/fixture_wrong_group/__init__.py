"""The entry point stands in `vllm.general_plugin`, which nothing reads."""


def register():
    """Never run."""
