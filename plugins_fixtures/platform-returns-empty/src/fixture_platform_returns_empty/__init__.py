"""The platform function returns an empty string for no."""


def platform():
    """Say no the wrong way."""
    return ""
