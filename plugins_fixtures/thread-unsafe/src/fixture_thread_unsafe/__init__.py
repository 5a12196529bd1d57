"""Checks and acts without a lock, so threads add the same handler several times."""

import logging
import time


def register():
    """Look, wait and then act on what was seen."""
    logger = logging.getLogger("fixture.thread_unsafe")
    if not logger.handlers:
        time.sleep(0.05)
        logger.addHandler(logging.NullHandler())
