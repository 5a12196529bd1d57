"""Raises an exception that is no Exception."""


class Surprise(BaseException):
    """Passes every `except Exception`."""


def register():
    """Pass every handler."""
    raise Surprise("fixture-hostile-throws-base-exception")
