"""Names of torch's types, made when torch is there."""

from __future__ import annotations

from typing import Any, Dict


def str_dtype_to_torch_dtype() -> Dict[str, Any]:
    """Return the mapping `STR_DTYPE_TO_TORCH_DTYPE`."""
    import torch

    return {
        "float32": torch.float32,
        "half": torch.float16,
        "bfloat16": torch.bfloat16,
        "float": torch.float32,
        "fp8": torch.uint8,
        "fp8_e4m3": torch.uint8,
        "fp8_e5m2": torch.uint8,
        "int8": torch.int8,
    }
