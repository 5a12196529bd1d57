"""Copying weights into parameters, and drawing random ones."""

from __future__ import annotations

from typing import Any

import torch


def default_weight_loader(param: Any, loaded_weight: Any) -> None:
    """Copy a weight of the same shape; AssertionError for another shape."""
    if param.numel() == 1 and loaded_weight.numel() == 1:
        param.data.fill_(loaded_weight.item())
        return
    if param.size() != loaded_weight.size():
        raise AssertionError(
            f"Attempted to load weight ({loaded_weight.size()}) into parameter ({param.size()})"
        )
    param.data.copy_(loaded_weight)


def initialize_dummy_weights(
    model: Any, model_config: Any = None, low: float = -1e-3, high: float = 1e-3, seed: int = 1234
) -> None:
    """Fill every floating-point tensor of the state with random numbers, each from the same seed.

    So tensors of one shape are equal (`vllm/model_executor/model_loader/weight_utils.py:823`, 0.10.2).
    """
    for tensor in model.state_dict().values():
        if torch.is_floating_point(tensor):
            generator = torch.Generator(device="cpu").manual_seed(seed)
            tensor.data.uniform_(low, high, generator=generator)
