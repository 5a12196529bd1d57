"""Model loaders (`vllm/model_executor/model_loader/__init__.py`).

The engine's own loader draws random weights. A registered loader (0.10.1) is used when `load_format` names
it.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, Tuple

from vllm._reference import at_least, trim
from vllm._reference.engine import construction as _construction
from vllm._reference.engine.tables import table as _table
from vllm.logger import init_logger

logger = init_logger(__name__)

_LOAD_FORMAT_TO_MODEL_LOADER: Dict[str, Any] = dict.fromkeys(_table("registries").get("load_formats", {}))
"""Loader by format; None where the engine draws random weights."""


def register_model_loader(load_format: str) -> Callable[[Any], Any]:
    """Decorate: register a loader class for a load format; the last one wins, with a warning."""

    def decorate(loader: Any) -> Any:
        from vllm.model_executor.model_loader.base_loader import BaseModelLoader

        if load_format in _LOAD_FORMAT_TO_MODEL_LOADER:
            logger.warning(
                "Load format `%s` is already registered, and will be overwritten by the new loader "
                "class `%s`.",
                load_format,
                loader,
            )
        if not issubclass(loader, BaseModelLoader):
            raise ValueError("The model loader must be a subclass of `BaseModelLoader`.")  # noqa: TRY004 (the release raises it)
        _LOAD_FORMAT_TO_MODEL_LOADER[load_format] = loader
        logger.info("Registered model loader `%s` with load format `%s`", loader, load_format)
        return loader

    return decorate


def get_model_loader(load_config: Any) -> Any:
    """Return the loader for the load format; ValueError for an unknown one (0.10.1)."""
    asked = str(load_config.load_format)
    if at_least("0.10.1") and asked not in _LOAD_FORMAT_TO_MODEL_LOADER:
        raise ValueError(f"Load format `{asked}` is not supported")
    loader = _LOAD_FORMAT_TO_MODEL_LOADER.get(asked)
    if loader is not None:
        return loader(load_config)
    if at_least("0.9.0"):
        from vllm.model_executor.model_loader.dummy_loader import DummyModelLoader
    else:
        from vllm.model_executor.model_loader.loader import DummyModelLoader
    return DummyModelLoader(load_config)


def get_model(*, vllm_config: Any = None, model_config: Any = None, **parts: Any) -> Any:
    """Build the model: from all configurations (0.6.4), or from the parts of 0.5.5 to 0.6.3."""
    if vllm_config is None:
        from vllm.config import _AllConfigs

        vllm_config = _AllConfigs(model_config=model_config, **parts)
    loader = get_model_loader(vllm_config.load_config)
    return loader.load_model(vllm_config=vllm_config, model_config=model_config or vllm_config.model_config)


def get_model_architecture(model_config: Any) -> Tuple[Any, str]:
    """Return (class, architecture)."""
    return _construction.architecture(model_config)


def get_architecture_class_name(model_config: Any) -> str:
    """Return the architecture."""
    return _construction.architecture(model_config)[1]


trim(globals())
