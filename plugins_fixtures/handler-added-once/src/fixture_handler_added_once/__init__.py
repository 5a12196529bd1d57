"""Adds its logging handler only where it is not there yet."""

import logging
import threading

_lock = threading.Lock()


class FixtureHandler(logging.NullHandler):
    """A handler that its plugin can tell from others."""


def register():
    """Add the handler on the first call."""
    logger = logging.getLogger("fixture.handler_added_once")
    with _lock:
        if not any(isinstance(handler, FixtureHandler) for handler in logger.handlers):
            logger.addHandler(FixtureHandler())
