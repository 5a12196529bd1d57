"""Integer arithmetic (`vllm/utils/math_utils.py`, 0.11.1)."""

from __future__ import annotations

from vllm._reference import trim as _trim
from vllm._reference.functions import cdiv, round_up

_trim(globals())
