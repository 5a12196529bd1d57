"""Recurses until Python stops it."""


def register():
    """Call itself."""
    register()
