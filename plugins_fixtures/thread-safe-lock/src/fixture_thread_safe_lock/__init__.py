"""Checks and acts under a lock, so threads do no harm."""

import logging
import threading
import time

_lock = threading.Lock()


def register():
    """Add one handler however many threads come at once."""
    logger = logging.getLogger("fixture.thread_safe_lock")
    with _lock:
        if not logger.handlers:
            time.sleep(0.05)
            logger.addHandler(logging.NullHandler())
