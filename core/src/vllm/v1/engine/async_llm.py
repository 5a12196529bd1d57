"""V1's asynchronous engine (`vllm/v1/engine/async_llm.py`)."""

from __future__ import annotations

from vllm._reference import trim, with_real_methods
from vllm._reference.engine.async_engine import ReferenceAsyncEngine as _ReferenceAsyncEngine


@with_real_methods
class AsyncLLM(_ReferenceAsyncEngine):
    """Requests in, outputs as they come."""


trim(globals())
