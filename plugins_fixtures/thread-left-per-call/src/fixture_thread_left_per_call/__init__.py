"""Each call leaves a thread running."""

import threading

_never = threading.Event()


def register():
    """Start a thread that waits for good."""
    threading.Thread(target=_never.wait, daemon=True).start()
