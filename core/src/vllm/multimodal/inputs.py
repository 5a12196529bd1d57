"""Names of multi-modal inputs (`vllm/multimodal/inputs.py`)."""

from __future__ import annotations

from typing import Any, Dict

from vllm._reference import trim

MultiModalDataDict = Dict[str, Any]
MultiModalKwargs = Dict[str, Any]
MultiModalInputs = Dict[str, Any]
NestedTensors = Any
BatchedTensorInputs = Dict[str, Any]


class MultiModalFieldConfig:
    """How a tensor is cut into items: a name and its parameters."""

    def __init__(self, kind: str, *parameters: Any) -> None:
        self.kind, self.parameters = kind, parameters

    @staticmethod
    def batched(modality: str, **_: Any) -> MultiModalFieldConfig:
        """One row per item."""
        return MultiModalFieldConfig("batched", modality)

    @staticmethod
    def flat(modality: str, slices: Any, *_: Any, **__: Any) -> MultiModalFieldConfig:
        """Slices of one flat tensor."""
        return MultiModalFieldConfig("flat", modality, slices)

    @staticmethod
    def shared(modality: str, batch_size: int, **_: Any) -> MultiModalFieldConfig:
        """Return the same for every item."""
        return MultiModalFieldConfig("shared", modality, batch_size)


trim(globals())
