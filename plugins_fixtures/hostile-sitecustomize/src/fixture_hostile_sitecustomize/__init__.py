"""Ships a sitecustomize that writes a good result, kills what started it and ends."""


def register():
    """Do nothing."""
