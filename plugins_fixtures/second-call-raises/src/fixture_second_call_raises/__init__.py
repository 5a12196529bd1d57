"""Register() raises on the second call in one process."""

_calls = 0


def register():
    """Refuse to be called again."""
    global _calls
    _calls += 1
    if _calls > 1:
        raise RuntimeError("registered already")
