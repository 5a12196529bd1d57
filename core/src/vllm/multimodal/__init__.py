"""Multi-modal inputs: the registry of processors (`vllm/multimodal/__init__.py`)."""

from __future__ import annotations

from typing import Any, Dict

from vllm._reference import trim
from vllm.multimodal.registry import MultiModalRegistry

MULTIMODAL_REGISTRY = MultiModalRegistry()
MultiModalDataDict = Dict[str, Any]
MultiModalKwargs = Dict[str, Any]
MultiModalInputs = Dict[str, Any]
NestedTensors = Any
BatchedTensorInputs = Dict[str, Any]

trim(globals())
