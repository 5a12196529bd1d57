"""Methods of the real classes that this engine does not model: there to be wrapped or replaced, not called.

Plugins patch methods of large classes (`GPUModelRunner`, `LLM`) that this engine has small. Looking such a
method up and putting another in its place says nothing that a real release would not say; calling it does.
"""

from __future__ import annotations

import json
import os
from typing import Any, Callable, Dict, List, Optional, TypeVar

from vllm._reference.missing import record

C = TypeVar("C", bound=type)

_methods: Optional[Dict[str, Dict[str, List[str]]]] = None


def _real_methods(module: str, name: str) -> List[str]:
    global _methods
    if _methods is None:
        with open(os.path.join(os.path.dirname(__file__), "methods.json"), encoding="utf-8") as file:
            _methods = json.load(file)
    return _methods.get(module, {}).get(name, [])


def with_real_methods(cls: C) -> C:
    """Give a class the methods that the release's class defines and this one lacks.

    Plain methods only. Calling one raises RuntimeError, and what was asked for is noted as not modelled.
    """
    for name in _real_methods(cls.__module__, cls.__name__):
        if not hasattr(cls, name):
            setattr(cls, name, _not_modelled(cls, name))
    return cls


def _not_modelled(cls: type, name: str) -> Callable[..., Any]:
    full = f"{cls.__module__}.{cls.__qualname__}.{name}"

    def absent(*_args: Any, **_kwargs: Any) -> Any:
        record(full)
        raise RuntimeError(f"the reference engine does not model {full}")

    absent.__name__, absent.__qualname__ = name, f"{cls.__qualname__}.{name}"
    absent.__module__ = cls.__module__
    return absent
