"""Model runner V2 (`vllm/v1/worker/gpu/model_runner.py`, 0.12.0): the class plugins patch or derive from."""

from __future__ import annotations

from vllm._reference import trim
from vllm._reference.engine.model_runner import ReferenceModelRunner


class GPUModelRunner(ReferenceModelRunner):
    """Runs the model."""


trim(globals())
