"""The factory of an endpoint plugin raises."""


def endpoint():
    """Fail to make the plugin."""
    raise RuntimeError("no credentials")
