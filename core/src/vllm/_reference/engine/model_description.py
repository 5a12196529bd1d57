"""The model's own configuration.

`config.json` of a directory, or overrides, without `transformers` and without downloads.
"""

from __future__ import annotations

import json
import os
from typing import Any, Dict, Optional

_TINY: Dict[str, Any] = {
    "vocab_size": 128,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 256,
    "rms_norm_eps": 1e-6,
    "hidden_act": "silu",
    "tie_word_embeddings": False,
    "bos_token_id": None,
    "eos_token_id": None,
    "pad_token_id": None,
    "torch_dtype": "float32",
}
_FAMILIES: Dict[str, Dict[str, Any]] = {
    "opt": {
        "ffn_dim": 64,
        "word_embed_proj_dim": 32,
        "do_layer_norm_before": True,
        "activation_function": "relu",
        "enable_bias": True,
        "layer_norm_elementwise_affine": True,
        "_remove_final_layer_norm": False,
        "tie_word_embeddings": True,
        "hidden_act": "relu",
    },
    "llava": {
        "image_token_index": 127,
        "vision_feature_select_strategy": "default",
        "projector_hidden_act": "gelu",
    },
}


class ModelDescription:
    """Attributes of `config.json`; what a tiny model needs and the file lacks has a tiny default."""

    model_type: str = ""

    def __init__(self, **attributes: Any) -> None:
        architectures = attributes.get("architectures") or []
        self.architectures = list(architectures)
        self.model_type = attributes.get("model_type") or _family(architectures)
        for name, value in {**_TINY, **_FAMILIES.get(self.model_type, {}), **attributes}.items():
            nested = isinstance(value, dict) and name.endswith("_config") and name != "quantization_config"
            setattr(self, name, ModelDescription(**value) if nested else value)
        if "num_key_value_heads" not in attributes and self.model_type != "opt":
            self.num_key_value_heads = self.num_attention_heads  # type: ignore[attr-defined]

    def get_text_config(self, decoder: bool = False) -> ModelDescription:
        """Return the language part: `text_config` where there is one."""
        return getattr(self, "text_config", self)

    def to_dict(self) -> Dict[str, Any]:
        """Every attribute, nested ones too, as plain values."""
        return {k: v.to_dict() if isinstance(v, ModelDescription) else v for k, v in vars(self).items()}

    def update(self, values: Dict[str, Any]) -> None:
        """Set attributes."""
        for name, value in values.items():
            setattr(self, name, value)


def _family(architectures: Any) -> str:
    for arch in architectures:
        for family in ("opt", "llava"):
            if family in str(arch).lower():
                return family
    return "llama"


def read_description(model: str, overrides: Optional[Any] = None) -> Any:
    """Return the description of `model`, a directory with `config.json`; without one, of `overrides` alone.

    `overrides` is a mapping or, as the release allows, a function from a description to a description.
    Raises ValueError when there is neither: nothing is ever downloaded.
    """
    path = os.path.join(model, "config.json")
    given: Dict[str, Any] = {}
    if os.path.isfile(path):
        with open(path, encoding="utf-8") as file:
            given = json.load(file)
    elif not overrides:
        raise ValueError(
            f"{model!r} has no config.json. The reference engine reads a model's description from a "
            "directory with a "
            "config.json, or from hf_overrides, and downloads nothing."
        )
    if callable(overrides):
        return overrides(ModelDescription(**given))
    return ModelDescription(**{**given, **(overrides or {})})
