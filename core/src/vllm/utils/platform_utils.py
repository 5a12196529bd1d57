"""Questions to the platform (`vllm/utils/platform_utils.py`, 0.11.1)."""

from __future__ import annotations

from vllm._reference import trim as _trim
from vllm._reference.functions import is_pin_memory_available

_trim(globals())
