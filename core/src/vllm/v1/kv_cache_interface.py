"""Specifications of key-value caches (`vllm/v1/kv_cache_interface.py`, 0.7.0): declared, no cache is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vllm._reference import trim


@dataclass(frozen=True)
class KVCacheSpec:
    """Cache of one layer."""

    block_size: int


@dataclass(frozen=True)
class AttentionSpec(KVCacheSpec):
    """Cache of an attention layer."""

    num_kv_heads: int
    head_size: int
    dtype: Any


@dataclass(frozen=True)
class FullAttentionSpec(AttentionSpec):
    """Cache of a layer that attends to everything."""

    sliding_window: Any = None


@dataclass(frozen=True)
class SlidingWindowSpec(AttentionSpec):
    """Cache of a layer with a window."""

    sliding_window: int = 0


trim(globals())
