"""Describe the object that an entry point's value names."""

from __future__ import annotations

from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

from .text import bounded, class_name, qualified

_mro = type.__dict__["__mro__"].__get__


def object_seen(value: object) -> dict[str, Any]:
    """Return its `ObjectSeen`."""
    if isinstance(value, ModuleType):
        return {"kind": "module", "callable": False, "qualname": bounded(str(value.__name__), 300)}
    if isinstance(value, type):
        abstract: Any = getattr(value, "__abstractmethods__", frozenset())
        return {
            "kind": "class",
            "callable": True,
            "qualname": class_name(value),
            "mro": [class_name(base) for base in _mro(value)[:100]],
            "abstract": sorted(bounded(str(name), 200) for name in abstract)
            if isinstance(abstract, frozenset)
            else [],
        }
    is_function = isinstance(value, (FunctionType, BuiltinFunctionType, MethodType))
    return {
        "kind": "function" if is_function else "other",
        "callable": callable(value),
        "qualname": qualified(value) if is_function else class_name(type(value)),
    }
