"""Objects by qualified name."""

from __future__ import annotations

import importlib
from typing import Any


def resolve(qualname: str) -> Any:
    """Return the object `package.module.Name` (`resolve_obj_by_qualname`, `vllm/utils.py:1889`, 0.7.0)."""
    module, name = qualname.rsplit(".", 1)
    return getattr(importlib.import_module(module), name)
