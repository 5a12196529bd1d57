"""Attributes of weights and the random seed (`vllm/model_executor/utils.py`)."""

from __future__ import annotations

from typing import Any, Dict, Optional

from vllm._reference import trim
from vllm._reference.engine.seed import set_random_seed


def set_weight_attrs(weight: Any, weight_attrs: Optional[Dict[str, Any]]) -> None:
    """Set attributes of a weight; AssertionError where one would be overwritten."""
    for key, value in (weight_attrs or {}).items():
        if hasattr(weight, key):
            raise AssertionError(f"Overwriting existing tensor attribute: {key}")
        setattr(weight, key, value)


__all__ = ["set_random_seed", "set_weight_attrs"]

trim(globals())
