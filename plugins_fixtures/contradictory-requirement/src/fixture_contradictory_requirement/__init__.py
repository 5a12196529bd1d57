"""Requires a vLLM that is at least 0.9 and below 0.8."""


def register():
    """Do nothing."""
