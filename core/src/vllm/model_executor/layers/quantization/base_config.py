"""Base of quantization configurations (`vllm/model_executor/layers/quantization/base_config.py`)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Dict, List, Optional

from vllm._reference import trim


class QuantizeMethodBase(ABC):
    """How one layer's weights are made and applied."""

    @abstractmethod
    def create_weights(self, layer: Any, *weight_args: Any, **extra_weight_attrs: Any) -> None:
        """Make the weights."""

    @abstractmethod
    def apply(self, layer: Any, *args: Any, **kwargs: Any) -> Any:
        """Apply them."""

    def process_weights_after_loading(self, layer: Any) -> None:  # noqa: B027 (optional, as in the releases)
        """Change the weights once they are there."""


class QuantizationConfig(ABC):
    """How a model is quantized."""

    def __init__(self) -> None:
        self.packed_modules_mapping: Dict[str, List[str]] = {}

    @abstractmethod
    def get_name(self) -> str:
        """Name of the method."""

    @abstractmethod
    def get_supported_act_dtypes(self) -> List[Any]:
        """Types of activations it works with."""

    @classmethod
    @abstractmethod
    def get_min_capability(cls) -> int:
        """Smallest device capability, 70 for 7.0."""

    @staticmethod
    @abstractmethod
    def get_config_filenames() -> List[str]:
        """Names of its files beside the model."""

    @classmethod
    @abstractmethod
    def from_config(cls, config: Dict[str, Any]) -> Any:
        """Make it from the model's description."""

    @classmethod
    def override_quantization_method(
        cls, hf_quant_cfg: Any, user_quant: Optional[str], **_: Any
    ) -> Optional[str]:
        """Name to use instead of the one asked for, or None."""
        return None

    @staticmethod
    def get_from_keys(config: Dict[str, Any], keys: List[str]) -> Any:
        """Return the first key's value that is there; ValueError for none."""
        for key in keys:
            if key in config:
                return config[key]
        raise ValueError(f"Cannot find any of {keys} in the model's quantization config.")

    @abstractmethod
    def get_quant_method(self, layer: Any, prefix: str) -> Optional[QuantizeMethodBase]:
        """How a layer is quantized, or None."""


trim(globals())
