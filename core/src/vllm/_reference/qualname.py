"""Resolving a dotted name as vLLM does (`vllm/utils.py:1889`, 0.7.0)."""

from __future__ import annotations

import importlib
from typing import Any


def resolve_obj_by_qualname(qualname: str) -> Any:
    """Return what `package.module.Name` names; whatever is wrong with it raises as it does in vLLM."""
    module_name, name = qualname.rsplit(".", 1)
    return getattr(importlib.import_module(module_name), name)
