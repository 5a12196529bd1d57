"""Small functions that plugins import from `vllm.utils`; which of them are here follows from the release."""

from __future__ import annotations

import enum as _enum
import uuid as _uuid
from typing import Any

from vllm._reference import trim as _trim
from vllm._reference.custom_op import direct_register_custom_op
from vllm._reference.functions import (
    cdiv,
    get_open_port,
    is_pin_memory_available,
    round_up,
    supports_kw,
)
from vllm._reference.qualname import resolve_obj_by_qualname

STR_BACKEND_ENV_VAR = "VLLM_ATTENTION_BACKEND"


class Device(_enum.Enum):
    """Where a block of the cache lies."""

    GPU = _enum.auto()
    CPU = _enum.auto()


def random_uuid() -> str:
    """Return a random hexadecimal id."""
    return _uuid.uuid4().hex


def __getattr__(name: str) -> Any:
    if name == "FlexibleArgumentParser" and "FlexibleArgumentParser" not in _absent():
        from vllm._reference.argument_parser import FlexibleArgumentParser

        return FlexibleArgumentParser
    if name == "STR_DTYPE_TO_TORCH_DTYPE" and name not in _absent():
        from vllm._reference.dtypes import str_dtype_to_torch_dtype

        return str_dtype_to_torch_dtype()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _absent() -> Any:
    from vllm._reference import FACTS

    return FACTS["removed_names"].get("vllm.utils", ())


_trim(globals())
