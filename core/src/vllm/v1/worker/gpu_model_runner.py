"""V1's model runner (`vllm/v1/worker/gpu_model_runner.py`): the class plugins patch or derive from."""

from __future__ import annotations

from vllm._reference import trim, with_real_methods
from vllm._reference.engine.model_runner import ReferenceModelRunner


@with_real_methods
class GPUModelRunner(ReferenceModelRunner):
    """Runs the model."""


trim(globals())
