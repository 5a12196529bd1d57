"""Each call wraps a vLLM function again."""

import functools

import vllm.logger


def register():
    """Wrap whatever stands there, the own wrapper included."""
    original = vllm.logger.init_logger

    @functools.wraps(original)
    def init_logger(*args, **kwargs):
        return original(*args, **kwargs)

    vllm.logger.init_logger = init_logger
