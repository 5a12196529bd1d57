"""Attention, at its home until 0.15.1 (`vllm/attention/__init__.py`)."""

from __future__ import annotations

import importlib as _importlib
from typing import Any

from vllm._reference import FACTS as _FACTS

_PLACES = {
    "Attention": "vllm.attention.layer",
    "AttentionBackend": "vllm.attention.backends.abstract",
    "AttentionMetadata": "vllm.attention.backends.abstract",
    "AttentionMetadataBuilder": "vllm.attention.backends.abstract",
    "AttentionState": "vllm.attention.backends.abstract",
    "AttentionType": "vllm.attention.backends.abstract",
    "get_attn_backend": "vllm.attention.selector",
}
_ABSENT = frozenset(_FACTS["removed_names"].get("vllm.attention", ()))


def __getattr__(name: str) -> Any:
    """Import what is asked for: the layer needs torch, the rest does not."""
    if name in _ABSENT or name not in _PLACES:
        raise AttributeError(f"module 'vllm.attention' has no attribute {name!r}")
    return getattr(_importlib.import_module(_PLACES[name]), name)
