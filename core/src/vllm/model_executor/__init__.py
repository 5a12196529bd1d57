"""Model execution (`vllm/model_executor/__init__.py`)."""

from __future__ import annotations

from typing import Any

from vllm._reference import at_least, trim

__all__ = ["SamplingMetadata", "set_random_seed"]


def __getattr__(name: str) -> Any:
    # Imported when asked for: the package itself must stay free of torch.
    if name == "SamplingMetadata" and not at_least("0.11.0"):
        from vllm.model_executor.sampling_metadata import SamplingMetadata

        return SamplingMetadata
    if name == "set_random_seed" and not at_least("0.14.0"):
        from vllm.model_executor.utils import set_random_seed

        return set_random_seed
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


trim(globals())
