"""Models: the registry and the interfaces (`vllm/model_executor/models/__init__.py`)."""

from __future__ import annotations

from typing import Any

from vllm._reference import at_least, trim

if at_least("0.6.3"):
    from vllm.model_executor.models.registry import ModelRegistry
else:
    from vllm._reference.engine.static_registry import OOT_MODELS as _OOT_MODELS
    from vllm._reference.engine.static_registry import ModelRegistry

_INTERFACES = {
    "HasInnerState": "interfaces",
    "SupportsLoRA": "interfaces",
    "SupportsMRoPE": "interfaces",
    "SupportsMultiModal": "interfaces",
    "SupportsPP": "interfaces",
    "SupportsTranscription": "interfaces",
    "SupportsV0Only": "interfaces",
    "has_inner_state": "interfaces",
    "supports_lora": "interfaces",
    "supports_mrope": "interfaces",
    "supports_multimodal": "interfaces",
    "supports_pp": "interfaces",
    "supports_transcription": "interfaces",
    "supports_v0_only": "interfaces",
    "VllmModelForEmbedding": "interfaces_base",
    "VllmModelForPooling": "interfaces_base",
    "VllmModelForTextGeneration": "interfaces_base",
    "is_embedding_model": "interfaces_base",
    "is_pooling_model": "interfaces_base",
    "is_text_generation_model": "interfaces_base",
}

__all__ = ["ModelRegistry"]


def __getattr__(name: str) -> Any:
    # The interfaces are made when asked for: registering a model lazily should cost nothing.
    if at_least("0.6.3") and name in _INTERFACES:
        from importlib import import_module

        found = getattr(import_module(f"vllm.model_executor.models.{_INTERFACES[name]}"), name, None)
        if found is not None:
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


trim(globals())
