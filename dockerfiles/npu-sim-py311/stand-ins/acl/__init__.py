"""A stand-in for `acl`, the Python binding of the Ascend runtime: a 0, alone or last, is success."""

from acl import rt

__all__ = ["finalize", "get_soc_name", "init", "rt"]
STAND_IN = True


def init(config=None):
    """Initialise nothing."""
    return 0


def finalize():
    """Finish nothing."""
    return 0


def get_soc_name():
    """Return the chip that is stood in for."""
    return "Ascend910B3"


def __getattr__(name):
    raise AttributeError(f"acl.{name} is not part of the stand-in for acl")
