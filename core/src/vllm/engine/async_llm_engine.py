"""`AsyncLLMEngine` (`vllm/engine/async_llm_engine.py`): V1's from 0.11.0, here in every release."""

from __future__ import annotations

from vllm._reference import trim
from vllm.v1.engine.async_llm import AsyncLLM as AsyncLLMEngine

trim(globals())
