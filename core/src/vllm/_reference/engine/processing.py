"""Bases that a model's multi-modal processor derives from: declared, not run."""

from __future__ import annotations

from typing import Any, Dict, Generic, Mapping, NamedTuple, Optional, TypeVar

Info = TypeVar("Info")


class BaseProcessingInfo:
    """What a processor knows of its model."""

    def __init__(self, ctx: Any = None) -> None:
        self.ctx = ctx

    def get_hf_config(self) -> Any:
        """Return the model's description."""
        return self.ctx.get_hf_config()

    def get_supported_mm_limits(self) -> Mapping[str, Optional[int]]:
        """Items of each modality in one prompt; None is any number."""
        return {"image": None}


class BaseDummyInputsBuilder(Generic[Info]):
    """Makes inputs for profiling."""

    def __init__(self, info: Any) -> None:
        self.info = info

    def get_dummy_text(self, mm_counts: Mapping[str, int]) -> str:
        """Text with placeholders."""
        return "<image>" * mm_counts.get("image", 0)

    def get_dummy_mm_data(
        self, seq_len: int, mm_counts: Mapping[str, int], *_: Any, **__: Any
    ) -> Dict[str, Any]:
        """Return data of other modalities."""
        del seq_len, mm_counts
        return {}


class BaseMultiModalProcessor(Generic[Info]):
    """Turns a prompt and its data into tokens and tensors."""

    def __init__(self, info: Any, dummy_inputs: Any = None, **_: Any) -> None:
        self.info, self.dummy_inputs = info, dummy_inputs


class PromptUpdate:
    """A change of a prompt."""

    def __init__(self, modality: str, target: Any, *_: Any, **__: Any) -> None:
        self.modality, self.target = modality, target


class PromptReplacement(PromptUpdate):
    """A placeholder replaced."""


class PromptInsertion(PromptUpdate):
    """Something inserted."""


class PromptUpdateDetails(NamedTuple):
    """What is put in."""

    full: Any
    is_embed: Any = None


for _class in (BaseProcessingInfo, BaseMultiModalProcessor, PromptUpdate, PromptReplacement, PromptInsertion):
    _class.__module__ = "vllm.multimodal.processing"
