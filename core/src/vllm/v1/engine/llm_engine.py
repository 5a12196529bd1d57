"""V1's `LLMEngine` (`vllm/v1/engine/llm_engine.py`)."""

from __future__ import annotations

from vllm._reference import trim, with_real_methods
from vllm._reference.engine.llm_engine import ReferenceLLMEngine as _ReferenceLLMEngine


@with_real_methods
class LLMEngine(_ReferenceLLMEngine):
    """The V1 engine."""


trim(globals())
