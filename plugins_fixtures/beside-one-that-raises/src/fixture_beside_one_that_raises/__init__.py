"""Does nothing, beside a plugin that raises."""


def register():
    """Do nothing."""
