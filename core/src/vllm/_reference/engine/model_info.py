"""`_ModelInfo`: what the registry knows of a model class without its module; its fields by release.

`vllm/model_executor/models/registry.py`, class `_ModelInfo` of each release. The order of the fields is the
release's, because the class is a plain dataclass that plugins may build positionally.
"""

from __future__ import annotations

import dataclasses
import functools
from typing import Any, Callable

from vllm._reference import at_least

Getter = Callable[[Any], Any]


def _flag(name: str, default: Any = False) -> Getter:
    return lambda model: getattr(model, name, default)


def _interface(function: str) -> Getter:
    def ask(model: Any) -> Any:
        from vllm.model_executor.models import interfaces

        return getattr(interfaces, function)(model)

    return ask


def _base(function: str) -> Getter:
    def ask(model: Any) -> Any:
        from vllm.model_executor.models import interfaces_base

        return getattr(interfaces_base, function)(model)

    return ask


def _pooling(model: Any) -> bool:
    if at_least("0.10.1") or not at_least("0.6.5"):
        return bool(_base("is_pooling_model" if at_least("0.6.5") else "is_embedding_model")(model))
    if at_least("0.6.6") or _base("is_pooling_model")(model):
        return True
    from vllm.model_executor.models.adapters import as_embedding_model

    try:
        as_embedding_model(model)
    except Exception:
        return False
    return True


def _transcription_only(model: Any) -> bool:
    return bool(_interface("supports_transcription")(model) and model.supports_transcription_only)


# name, since, first release without it (empty: still there), getter
_FIELDS: tuple[tuple[str, str, str, Getter], ...] = (
    ("architecture", "0.6.5", "", lambda model: model.__name__),
    ("is_text_generation_model", "0.6.3", "", _base("is_text_generation_model")),
    ("is_embedding_model", "0.6.3", "0.6.5", _pooling),
    ("is_pooling_model", "0.6.5", "", _pooling),
    ("attn_type", "0.12.0", "", _base("get_attn_type")),
    ("default_pooling_type", "0.10.1", "0.14.0", _flag("default_pooling_type", "LAST")),
    ("default_seq_pooling_type", "0.14.0", "", _base("get_default_seq_pooling_type")),
    ("default_tok_pooling_type", "0.14.0", "", _base("get_default_tok_pooling_type")),
    ("score_type", "0.18.0", "", _base("get_score_type")),
    ("supports_cross_encoding", "0.6.5", "0.18.0", _interface("supports_cross_encoding")),
    ("supports_multimodal", "0.6.3", "", _interface("supports_multimodal")),
    ("supports_multimodal_raw_input", "0.10.0", "0.10.2", _flag("supports_multimodal_raw_input")),
    ("supports_multimodal_raw_input_only", "0.10.2", "", _flag("supports_multimodal_raw_input_only")),
    ("requires_raw_input_tokens", "0.14.0", "", _flag("requires_raw_input_tokens")),
    ("supports_multimodal_encoder_tp_data", "0.10.2", "", _flag("supports_encoder_tp_data")),
    ("supports_pp", "0.6.3", "", _interface("supports_pp")),
    ("supports_lora", "0.33.0", "", _interface("supports_lora")),
    ("supports_hc_sp", "0.32.0", "", _flag("supports_hc_sp")),
    ("has_inner_state", "0.6.3", "", _interface("has_inner_state")),
    ("is_attention_free", "0.6.3", "", _interface("is_attention_free")),
    ("is_hybrid", "0.6.5", "", _interface("is_hybrid")),
    ("has_noops", "0.8.3", "", _interface("has_noops")),
    ("supports_mamba_prefix_caching", "0.11.1", "0.33.0", _flag("supports_mamba_prefix_caching")),
    ("supports_replayssm", "0.27.0", "", _flag("supports_replayssm")),
    ("supports_transcription", "0.7.3", "", _interface("supports_transcription")),
    ("supports_transcription_only", "0.10.0", "", _transcription_only),
    ("supports_v0_only", "0.8.0", "0.11.1", _interface("supports_v0_only")),
    ("supports_kv_cache_grouping", "0.33.0", "", _flag("supports_kv_cache_grouping")),
    ("supported_video_pruning_methods", "0.27.0", "", _flag("supported_video_pruning_methods", ())),
    ("supports_mm_device_do_normalize", "0.28.0", "", _flag("supports_mm_device_do_normalize")),
)

_CURRENT = tuple(
    (name, getter)
    for name, since, gone, getter in _FIELDS
    if at_least(since) and not (gone and at_least(gone))
)


def _from_model_cls(model: Any) -> Any:
    return model_info()(**{name: getter(model) for name, getter in _CURRENT})


@functools.cache
def model_info() -> Any:
    """Return the class, made when it is first asked for: that takes longer than importing the registry."""
    made = dataclasses.make_dataclass(
        "_ModelInfo",
        [(name, Any) for name, _ in _CURRENT],
        frozen=True,
        namespace={
            "from_model_cls": staticmethod(_from_model_cls),
            "__doc__": "What the registry knows of a model.",
        },
    )
    made.__module__ = "vllm.model_executor.models.registry"
    return made
