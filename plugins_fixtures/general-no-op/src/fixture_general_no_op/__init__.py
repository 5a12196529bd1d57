"""A general plugin that does nothing."""


def register():
    """Do nothing."""
