"""Ports (`vllm/utils/network_utils.py`, 0.11.1)."""

from __future__ import annotations

from vllm._reference import trim as _trim
from vllm._reference.functions import get_open_port

_trim(globals())
