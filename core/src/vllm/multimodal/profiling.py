"""`BaseDummyInputsBuilder`, at its home until 0.14.1 (`vllm/multimodal/profiling.py`)."""

from __future__ import annotations

from vllm._reference import trim
from vllm._reference.engine.processing import BaseDummyInputsBuilder

__all__ = ["BaseDummyInputsBuilder"]

trim(globals())
