"""Imports a part of vLLM that the reference engine leaves out; real until 0.9.2."""

import vllm.spec_decode.spec_decode_worker  # noqa: F401 - having it is the point


def register():
    """Do nothing; the import decides."""
