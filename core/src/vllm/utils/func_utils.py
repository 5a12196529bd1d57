"""Questions about callables (`vllm/utils/func_utils.py`, 0.11.1)."""

from __future__ import annotations

from vllm._reference import trim as _trim
from vllm._reference.functions import supports_kw

_trim(globals())
