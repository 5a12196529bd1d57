"""Names of floating-point types."""

from __future__ import annotations

from typing import Any

_NAMES = {"half": "float16", "float": "float32", "auto": "float32"}


def torch_dtype(dtype: Any) -> Any:
    """Return torch's type for a name; "auto" is float32, which every device of the small engine has."""
    import torch

    if not isinstance(dtype, str):
        return torch.float32 if dtype is None else dtype
    return getattr(torch, _NAMES.get(dtype, dtype))
