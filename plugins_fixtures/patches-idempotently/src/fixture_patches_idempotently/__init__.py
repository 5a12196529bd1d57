"""Wraps a vLLM function once and knows its own wrapper."""

import functools

import vllm.logger


def register():
    """Wrap `init_logger` unless it is wrapped already."""
    original = vllm.logger.init_logger
    if getattr(original, "fixture_wrapped", False):
        return

    @functools.wraps(original)
    def init_logger(*args, **kwargs):
        return original(*args, **kwargs)

    init_logger.fixture_wrapped = True
    vllm.logger.init_logger = init_logger
