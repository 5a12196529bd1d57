"""A platform plugin that says its device is not here."""


def platform():
    """Say that the device is not here."""
    return None
