"""Loader classes, under the names that the releases have."""

from __future__ import annotations

from abc import ABC
from typing import Any

from vllm._reference.engine import construction


class BaseModelLoader(ABC):  # noqa: B024 (the engine needs no abstract method; plugins test the base)
    """Base of model loaders; a plugin overrides `load_model` or `load_weights`."""

    def __init__(self, load_config: Any) -> None:
        self.load_config = load_config

    def download_model(self, model_config: Any) -> None:  # noqa: B027 (optional, as in the releases)
        """Nothing is downloaded."""

    def load_weights(self, model: Any, model_config: Any) -> None:
        """Load weights into the model in place."""
        raise NotImplementedError

    def load_model(self, vllm_config: Any, model_config: Any, **_: Any) -> Any:
        """Build the model and load its weights."""
        import torch

        del model_config
        with construction.default_dtype(construction.torch_dtype(vllm_config.model_config.dtype)):
            model_class, _arch = construction.architecture(vllm_config.model_config)
            model = construction.construct(model_class, vllm_config)
        self.load_weights(model, vllm_config.model_config)
        return model.eval() if isinstance(model, torch.nn.Module) else model


class DummyModelLoader(BaseModelLoader):
    """Random weights."""

    def load_model(self, vllm_config: Any, model_config: Any, **_: Any) -> Any:
        """Build the model with random weights."""
        del model_config
        return construction.build(vllm_config)


class DefaultModelLoader(DummyModelLoader):
    """The releases read a checkpoint here; the reference engine draws random weights instead."""


for _class in (BaseModelLoader, DummyModelLoader, DefaultModelLoader):
    _class.__module__ = "vllm.model_executor.model_loader.loader"
