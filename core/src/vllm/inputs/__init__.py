"""Prompts and the registry of input processors (`vllm/inputs/__init__.py`)."""

from __future__ import annotations

from typing import Any, Callable, Dict

from vllm._reference import trim
from vllm._reference.engine.prompts import (
    DecoderOnlyInputs,
    LLMInputs,
    ProcessorInputs,
    PromptInputs,
    PromptType,
    SingletonPrompt,
    TextPrompt,
    TokensPrompt,
    token_inputs,
)


class InputContext:
    """What an input processor may know: the model's configuration."""

    def __init__(self, model_config: Any) -> None:
        self.model_config = model_config

    def get_hf_config(self, *_: Any) -> Any:
        """Return the model's description."""
        return self.model_config.hf_config


class InputRegistry:
    """Per-model input processors of V0 (until 0.10.2): kept by class, not run."""

    def __init__(self) -> None:
        self.dummy_data: Dict[Any, Any] = {}
        self.input_processors: Dict[Any, Any] = {}

    def register_dummy_data(self, factory: Any) -> Callable[[Any], Any]:
        """Decorate: keep a maker of dummy data for a model class."""

        def decorate(model_cls: Any) -> Any:
            self.dummy_data[model_cls] = factory
            return model_cls

        return decorate

    register_dummy_encoder_data = register_dummy_data

    def register_input_processor(self, processor: Any) -> Callable[[Any], Any]:
        """Decorate: keep an input processor for a model class."""

        def decorate(model_cls: Any) -> Any:
            self.input_processors[model_cls] = processor
            return model_cls

        return decorate


INPUT_REGISTRY = InputRegistry()

__all__ = [
    "INPUT_REGISTRY",
    "DecoderOnlyInputs",
    "InputContext",
    "InputRegistry",
    "LLMInputs",
    "ProcessorInputs",
    "PromptInputs",
    "PromptType",
    "SingletonPrompt",
    "TextPrompt",
    "TokensPrompt",
    "token_inputs",
]

trim(globals())
