"""Descriptions of models (`vllm/transformers_utils/config.py`)."""

from __future__ import annotations

from typing import Any, Dict

from vllm._reference import trim
from vllm._reference.engine.model_description import read_description

_CONFIG_REGISTRY: Dict[str, Any] = {}


def get_config(model: Any, trust_remote_code: bool = False, *_: Any, **__: Any) -> Any:
    """Read the description of a directory."""
    return read_description(str(model))


def get_hf_text_config(config: Any) -> Any:
    """Return the language part."""
    return config.get_text_config()


trim(globals())
