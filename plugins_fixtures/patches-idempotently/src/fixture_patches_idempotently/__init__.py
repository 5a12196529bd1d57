"""Wraps a vLLM function once and knows its own wrapper."""

import functools
import threading

import vllm.logger

_lock = threading.Lock()


def register():
    """Wrap `init_logger` unless it is wrapped already."""
    with _lock:
        original = vllm.logger.init_logger
        if getattr(original, "fixture_wrapped", False):
            return

        @functools.wraps(original)
        def init_logger(*args, **kwargs):
            return original(*args, **kwargs)

        init_logger.fixture_wrapped = True
        vllm.logger.init_logger = init_logger
