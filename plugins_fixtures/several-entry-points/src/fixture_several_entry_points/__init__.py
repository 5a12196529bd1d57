"""Two general plugins, a platform that is not here and a stat logger in one distribution."""


def first():
    """Do nothing."""


def second():
    """Do nothing."""


def platform():
    """Say that the device is not here."""
    return None
