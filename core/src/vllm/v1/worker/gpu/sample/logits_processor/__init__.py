"""Logits processors of model runner V2 (0.31.0)."""

from __future__ import annotations

from vllm._reference import trim
from vllm.v1.worker.gpu.sample.logits_processor.interface import (
    LogitsContext,
    LogitsProcessor,
    LogitsProcRequestState,
)

__all__ = ["LogitsContext", "LogitsProcRequestState", "LogitsProcessor"]

trim(globals())
