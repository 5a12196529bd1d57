"""What layers may ask for while the model runs (`vllm/forward_context.py`)."""

from __future__ import annotations

from vllm._reference import trim
from vllm._reference.engine.forward import (
    ForwardContext,
    get_forward_context,
    is_forward_context_available,
    override_forward_context,
    set_forward_context,
)

ForwardContext.__module__ = __name__

__all__ = [
    "ForwardContext",
    "get_forward_context",
    "is_forward_context_available",
    "override_forward_context",
    "set_forward_context",
]

trim(globals())
