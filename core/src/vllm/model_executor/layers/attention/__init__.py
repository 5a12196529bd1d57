"""Attention layers (0.16.0)."""

from __future__ import annotations

from vllm._reference import at_least, trim

if at_least("0.16.0"):
    from vllm.model_executor.layers.attention.attention import Attention

    __all__ = ["Attention"]

trim(globals())
