"""`AsyncLLMEngine`: V0's, which from 0.11.0 is V1's (`vllm/engine/async_llm_engine.py`)."""

from __future__ import annotations

from vllm._reference import at_least, trim

if at_least("0.11.0"):
    from vllm.v1.engine.async_llm import AsyncLLM as AsyncLLMEngine
else:
    from vllm._reference.engine.async_engine import ReferenceAsyncEngine as _ReferenceAsyncEngine

    class AsyncLLMEngine(_ReferenceAsyncEngine):  # type: ignore[no-redef]
        """Requests in, outputs as they come."""


trim(globals())
