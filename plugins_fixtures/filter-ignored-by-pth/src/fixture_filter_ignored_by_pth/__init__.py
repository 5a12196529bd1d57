"""Ships a `.pth` file that imports it whenever Python starts."""


def register():
    """Do nothing."""
