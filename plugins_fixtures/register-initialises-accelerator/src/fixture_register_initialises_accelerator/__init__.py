"""Asks for the current CUDA device when registering."""

import contextlib


def register():
    """Ask torch, which makes a context to answer."""
    import torch

    with contextlib.suppress(AssertionError, RuntimeError):
        torch.cuda.current_device()
