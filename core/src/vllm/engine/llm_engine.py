"""`LLMEngine`: V0's, which from 0.11.0 is V1's (`vllm/engine/llm_engine.py`)."""

from __future__ import annotations

from vllm._reference import at_least, trim

if at_least("0.11.0"):
    from vllm.v1.engine.llm_engine import LLMEngine
else:
    from vllm._reference.engine.llm_engine import ReferenceLLMEngine as _ReferenceLLMEngine

    class LLMEngine(_ReferenceLLMEngine):  # type: ignore[no-redef]
        """The V0 engine."""


trim(globals())
