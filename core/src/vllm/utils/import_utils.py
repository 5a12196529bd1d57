"""Imports by name (`vllm/utils/import_utils.py`, 0.11.1)."""

from __future__ import annotations

from vllm._reference import trim as _trim
from vllm._reference.qualname import resolve_obj_by_qualname

_trim(globals())
