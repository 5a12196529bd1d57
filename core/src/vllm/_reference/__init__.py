"""What the modules of the reference engine are built with: this release's facts and the tools that apply them.

Nothing here exists in vLLM; plugins have no business in this package.
"""

from __future__ import annotations

from vllm._reference.base_class import define_class, has_class
from vllm._reference.missing import install as _install
from vllm._reference.missing import not_modelled, record
from vllm._reference.release import GROUPS, RELEASE, at_least, before, value
from vllm._reference.trim import trim

__all__ = [
    "GROUPS",
    "RELEASE",
    "at_least",
    "before",
    "define_class",
    "has_class",
    "not_modelled",
    "record",
    "trim",
    "value",
]

_install()
