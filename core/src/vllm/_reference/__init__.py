"""What the reference engine's modules are built with: this release's facts and tools that apply them.

Nothing here exists in vLLM; plugins have no business in this package.
"""

from __future__ import annotations

from vllm._reference.base_class import define_class, has_class
from vllm._reference.members import with_real_methods
from vllm._reference.missing import install as _install
from vllm._reference.missing import not_modelled, real_module, record
from vllm._reference.qualname import resolve_obj_by_qualname
from vllm._reference.release import FACTS, GROUPS, RELEASE, at_least, before, value
from vllm._reference.shapes import define_enum, define_function, define_named_tuple
from vllm._reference.trim import trim

__all__ = [
    "FACTS",
    "GROUPS",
    "RELEASE",
    "at_least",
    "before",
    "define_class",
    "define_enum",
    "define_function",
    "define_named_tuple",
    "has_class",
    "not_modelled",
    "real_module",
    "record",
    "resolve_obj_by_qualname",
    "trim",
    "value",
    "with_real_methods",
]

_install()
