"""Ships a sitecustomize that ends every Python as it starts."""


def register():
    """Do nothing."""
