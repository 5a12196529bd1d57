"""The entry point names a function that the module does not have."""


def register():
    """Never run: the entry point has another name."""
