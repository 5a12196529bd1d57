"""Has the name of a general plugin that vLLM ships from 0.9.0 on."""


def register():
    """Do nothing."""
