"""Marks of models that may be compiled (`vllm/compilation/decorators.py`).

The reference engine runs them as they are.
"""

from __future__ import annotations

from typing import Any, Callable, Optional

from vllm._reference import trim


def support_torch_compile(cls: Optional[Any] = None, **_: Any) -> Any:
    """Decorate, with or without arguments: return the class."""
    if cls is not None:
        return cls
    return lambda decorated: decorated


def ignore_torch_compile(cls: Any) -> Any:
    """Decorate: return the class."""
    return cls


def should_torch_compile_mm_encoder(vllm_config: Any) -> bool:
    """Never."""
    del vllm_config
    return False


Decorator = Callable[[Any], Any]

trim(globals())
