"""A quantization method that leaves every layer as it is."""

import torch
from vllm.model_executor.layers.quantization.base_config import QuantizationConfig


class FixtureConfig(QuantizationConfig):
    """Configuration of a method that does nothing."""

    def get_name(self):
        """Name the method."""
        return "fixture-quantization-unguarded"

    def get_supported_act_dtypes(self):
        """Take any of the usual types."""
        return [torch.float32, torch.float16, torch.bfloat16]

    @classmethod
    def get_min_capability(cls):
        """Ask nothing of the device."""
        return 0

    @staticmethod
    def get_config_filenames():
        """Read no file."""
        return []

    @classmethod
    def from_config(cls, config):
        """Make the configuration from a model's."""
        return cls()

    def get_quant_method(self, layer, prefix):
        """Leave the layer as it is."""
        return None

    def get_scaled_act_names(self):
        """Scale no activation, as releases before 0.8 ask."""
        return []
