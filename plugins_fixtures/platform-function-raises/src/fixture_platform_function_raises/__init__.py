"""The platform function raises where the device is missing."""


def platform():
    """Fail instead of returning None."""
    raise RuntimeError("no driver")
