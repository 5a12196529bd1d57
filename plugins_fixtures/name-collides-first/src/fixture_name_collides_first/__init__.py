"""Has the same entry-point name as another plugin that is installed."""


def register():
    """Do nothing."""
