"""Building models (`vllm/model_executor/model_loader/utils.py`)."""

from __future__ import annotations

from typing import Any, Optional, Tuple

from vllm._reference import trim
from vllm._reference.engine import construction as _construction

set_default_torch_dtype = _construction.default_dtype


def get_model_architecture(model_config: Any) -> Tuple[Any, str]:
    """Return (class, architecture)."""
    return _construction.architecture(model_config)


def initialize_model(
    vllm_config: Any,
    *,
    prefix: str = "",
    model_class: Optional[Any] = None,
    model_config: Optional[Any] = None,
) -> Any:
    """Construct a model by the release's contract (0.9.0)."""
    config = model_config or vllm_config.model_config
    chosen = model_class or _construction.architecture(config)[0]
    return _construction.construct(chosen, vllm_config, prefix, config)


trim(globals())
