"""Ships a sitecustomize, so that it is imported whenever Python starts."""


def register():
    """Do nothing."""
