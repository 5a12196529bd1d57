"""Loading weights into parameters (`vllm/model_executor/model_loader/weight_utils.py`)."""

from __future__ import annotations

from vllm._reference import trim
from vllm._reference.engine.weights import default_weight_loader, initialize_dummy_weights

__all__ = ["default_weight_loader", "initialize_dummy_weights"]

trim(globals())
