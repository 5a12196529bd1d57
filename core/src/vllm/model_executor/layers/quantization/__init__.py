"""Registry of quantization methods (`vllm/model_executor/layers/quantization/__init__.py`).

A second registration of a name is a ValueError from 0.7.0 to 0.11.0 (`:61`), later a warning (0.11.1,
`:77`) and then a debug line (0.23.0); from 0.14.0 the name also joins the platform's list.
"""

from __future__ import annotations

from typing import Any, Callable, Dict

from vllm._reference import at_least, trim, value
from vllm._reference.engine.tables import table
from vllm.logger import init_logger
from vllm.model_executor.layers.quantization.base_config import QuantizationConfig

logger = init_logger(__name__)

QUANTIZATION_METHODS: Any = list(table("registries")["quantization"])
if not at_least("0.6.5"):
    QUANTIZATION_METHODS = dict.fromkeys(QUANTIZATION_METHODS)  # to their classes, which are not modelled
_CUSTOMIZED_METHOD_TO_QUANT_CONFIG: Dict[str, Any] = {}


def register_quantization_config(quantization: str) -> Callable[[Any], Any]:
    """Decorate: register a configuration class under a name."""

    def decorate(config: Any) -> Any:
        rule = value("register_quantization_config")
        if quantization in QUANTIZATION_METHODS:
            if rule == "value-error":
                raise ValueError(f"The quantization method `{quantization}` is already exists.")
            log = logger.debug if rule == "debug" else logger.warning
            log(
                "The quantization method '%s' already exists and will be overwritten by the "
                "quantization config %s.",
                quantization,
                config,
            )
        else:
            QUANTIZATION_METHODS.append(quantization)
            if rule in ("warning-platform-list", "debug"):
                from vllm.platforms import current_platform

                supported = current_platform.supported_quantization
                if supported:
                    supported.append(quantization)
        if not issubclass(config, QuantizationConfig):
            raise ValueError("The quantization config must be a subclass of `QuantizationConfig`.")  # noqa: TRY004 (the release raises it)
        _CUSTOMIZED_METHOD_TO_QUANT_CONFIG[quantization] = config
        return config

    return decorate


def get_quantization_config(quantization: str) -> Any:
    """Return the class of a registered method; ValueError for an unknown one, or for one of vLLM's own."""
    if quantization not in QUANTIZATION_METHODS:
        raise ValueError(f"Invalid quantization method: {quantization}")
    methods = _CUSTOMIZED_METHOD_TO_QUANT_CONFIG if at_least("0.6.5") else QUANTIZATION_METHODS
    if methods.get(quantization) is None:
        raise ValueError(f"The reference engine has no quantization method {quantization!r} of its own.")
    return methods[quantization]


__all__ = [
    "QUANTIZATION_METHODS",
    "QuantizationConfig",
    "get_quantization_config",
    "register_quantization_config",
]

trim(globals())
