"""Requires a Python that does not exist."""


def register():
    """Do nothing."""
