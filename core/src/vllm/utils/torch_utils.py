"""Help with torch (`vllm/utils/torch_utils.py`, 0.11.1)."""

from __future__ import annotations

import contextlib as _contextlib
from typing import Any, Iterator

from vllm._reference import FACTS as _FACTS
from vllm._reference import trim as _trim
from vllm._reference.custom_op import direct_register_custom_op


@_contextlib.contextmanager
def set_default_torch_dtype(dtype: Any) -> Iterator[None]:
    """Make `dtype` torch's default inside the block."""
    import torch

    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def set_random_seed(seed: Any) -> None:
    """Seed Python's and torch's generators."""
    import random

    import torch

    if seed is not None:
        random.seed(seed)
        torch.manual_seed(seed)


def __getattr__(name: str) -> Any:
    if name == "STR_DTYPE_TO_TORCH_DTYPE" and name not in _FACTS["removed_names"].get(__name__, ()):
        from vllm._reference.dtypes import str_dtype_to_torch_dtype

        return str_dtype_to_torch_dtype()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


_trim(globals())
