"""Collective operations of one rank (`vllm/distributed/communication_op.py`)."""

from __future__ import annotations

from typing import Any

from vllm._reference import trim


def tensor_model_parallel_all_reduce(input_: Any) -> Any:
    """Return the input."""
    return input_


def tensor_model_parallel_all_gather(input_: Any, dim: int = -1) -> Any:
    """Return the input."""
    return input_


def tensor_model_parallel_gather(input_: Any, dst: int = 0, dim: int = -1) -> Any:
    """Return the input."""
    return input_


trim(globals())
