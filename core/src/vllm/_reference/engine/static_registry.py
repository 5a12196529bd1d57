"""The model registry before 0.6.3: a class of static methods.

`vllm/model_executor/models/__init__.py`, 0.5.5.

Every model is imported in this process; an out-of-tree class is kept in `_OOT_MODELS`.
"""

from __future__ import annotations

import functools
import importlib
from typing import Any, Dict, List, Tuple

from vllm._reference.engine.tables import table
from vllm.logger import init_logger

logger = init_logger("vllm.model_executor.models")

OOT_MODELS: Dict[str, Any] = {}
_TABLE = table("architectures")
_MODELS: Dict[str, Tuple[str, str]] = {arch: tuple(place) for arch, place in _TABLE["models"].items()}


class ModelRegistry:
    """Architectures and their classes."""

    @staticmethod
    @functools.lru_cache(maxsize=128)
    def _get_model(model_arch: str) -> Any:
        module_name, class_name = _MODELS[model_arch]
        module = importlib.import_module(f"vllm.model_executor.models.{module_name}")
        return getattr(module, class_name, None)

    @staticmethod
    def _try_load_model_cls(model_arch: str) -> Any:
        if model_arch in OOT_MODELS:
            return OOT_MODELS[model_arch]
        if model_arch not in _MODELS:
            return None
        return ModelRegistry._get_model(model_arch)

    @staticmethod
    def resolve_model_cls(architectures: List[str]) -> Tuple[Any, str]:
        """Return (class, architecture) of the first architecture known; ValueError for none."""
        for arch in architectures:
            model_cls = ModelRegistry._try_load_model_cls(arch)
            if model_cls is not None:
                return (model_cls, arch)
        raise ValueError(
            f"Model architectures {architectures} are not supported for now. "
            f"Supported architectures: {ModelRegistry.get_supported_archs()}"
        )

    @staticmethod
    def get_supported_archs() -> List[str]:
        """Built-in architectures, then those of plugins."""
        return list(_MODELS.keys()) + list(OOT_MODELS.keys())

    @staticmethod
    def register_model(model_arch: str, model_cls: Any) -> None:
        """Register a class, unchecked; a warning when it replaces a built-in one."""
        if model_arch in _MODELS:
            logger.warning(
                "Model architecture %s is already registered, and will be overwritten by the new "
                "model class %s.",
                model_arch,
                model_cls.__name__,
            )
        OOT_MODELS[model_arch] = model_cls

    @staticmethod
    def is_embedding_model(model_arch: str) -> bool:
        """Tell whether the architecture is in the list of embedding models."""
        return model_arch in _TABLE.get("embedding", {})

    @staticmethod
    def is_multimodal_model(model_arch: str) -> bool:
        """Tell whether the architecture is in the list of multi-modal models."""
        return model_arch in _TABLE.get("multimodal", {})


ModelRegistry.__module__ = "vllm.model_executor.models"
