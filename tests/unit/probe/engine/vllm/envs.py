"""Variables, read whenever they are asked for."""

import os


def __getattr__(name):
    if name != "VLLM_PLUGINS":
        raise AttributeError(name)
    value = os.environ.get("VLLM_PLUGINS")
    return None if value is None else value.split(",")
