"""Declares vLLM 0.9 to 0.10 and says so in its requirements."""


def register():
    """Do nothing."""
