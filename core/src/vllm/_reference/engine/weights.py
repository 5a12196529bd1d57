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
    """Fill every floating-point tensor of the state with random numbers, the same each time."""
    for position, tensor in enumerate(model.state_dict().values()):
        if torch.is_floating_point(tensor):
            generator = torch.Generator(device="cpu").manual_seed(seed + position)
            values = torch.rand(tensor.shape, generator=generator, dtype=torch.float32) * (high - low) + low
            tensor.data.copy_(values.to(tensor.dtype))
