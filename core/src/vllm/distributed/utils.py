"""Sharing out (`vllm/distributed/utils.py`)."""

from __future__ import annotations

from typing import Any, Tuple

from vllm._reference import trim


def divide(numerator: int, denominator: int) -> int:
    """Divide without a rest; AssertionError where there is one."""
    if numerator % denominator:
        raise AssertionError(f"{numerator} is not divisible by {denominator}")
    return numerator // denominator


def split_tensor_along_last_dim(
    tensor: Any, num_partitions: int, contiguous_split_chunks: bool = False
) -> Any:
    """Cut the last dimension into equal parts."""
    parts = tensor.chunk(num_partitions, dim=-1)
    return tuple(part.contiguous() for part in parts) if contiguous_split_chunks else parts


def get_pp_indices(num_hidden_layers: int, pp_rank: int, pp_size: int) -> Tuple[int, int]:
    """Return the first layer of a stage and the one after its last."""
    size = num_hidden_layers // pp_size
    end = num_hidden_layers if pp_rank == pp_size - 1 else (pp_rank + 1) * size
    return pp_rank * size, end


trim(globals())
