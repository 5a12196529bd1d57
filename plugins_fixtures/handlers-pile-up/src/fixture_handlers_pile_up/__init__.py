"""Each call adds a logging handler to vLLM's logger."""

import logging


def register():
    """Add a handler without looking."""
    logging.getLogger("vllm").addHandler(logging.NullHandler())
