"""Building a model by the release's constructor contract (dimension `model_init_contract`)."""

from __future__ import annotations

import inspect
import warnings
from contextlib import contextmanager
from typing import Any, Dict, Iterator, Tuple

from vllm._reference import at_least, value
from vllm._reference.engine.dtype import torch_dtype
from vllm._reference.engine.seed import set_random_seed
from vllm._reference.engine.unsupported import raise_without_transformers
from vllm.logger import init_logger

logger = init_logger("vllm.model_executor.model_loader")

_GUESSABLE = ("cache_config", "quant_config", "lora_config", "scheduler_config")


def architecture(model_config: Any) -> Tuple[Any, str]:
    """Return (class, architecture) for the description (`get_model_architecture`).

    From 0.7.2 to 0.10.0 an unknown architecture falls back to Transformers and fails in those words.
    """
    from vllm.model_executor.models import ModelRegistry

    names = list(model_config.architectures)
    raise_without_transformers(names, ModelRegistry.get_supported_archs(), model_config)
    if value("registry_query_signature") == "architectures-model_config":
        return ModelRegistry.resolve_model_cls(names, model_config)
    return ModelRegistry.resolve_model_cls(names)


@contextmanager
def default_dtype(dtype: Any) -> Iterator[None]:
    """Make `dtype` torch's default for a while."""
    import torch

    previous = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(previous)


@contextmanager
def _current_config(vllm_config: Any) -> Iterator[None]:
    if not at_least("0.6.5"):
        yield
        return
    from vllm.config import set_current_vllm_config

    with set_current_vllm_config(vllm_config):
        yield


def construct(model_class: Any, vllm_config: Any, prefix: str = "", model_config: Any = None) -> Any:
    """Call the constructor as the release does.

    AssertionError in 0.6.4 for parameters that are not keyword-only; a warning and guessed arguments later.
    """
    model_config = model_config or vllm_config.model_config
    contract = value("model_init_contract")
    if contract == "config-keywords":
        return _construct_by_configs(model_class, vllm_config)
    parameters = inspect.signature(model_class.__init__).parameters
    if contract == "vllm_config-keyword-only":
        only = [name for name, p in parameters.items() if p.kind is inspect.Parameter.KEYWORD_ONLY]
        if "vllm_config" not in only or "prefix" not in only:
            raise AssertionError(
                "vLLM model class must accept `vllm_config` and `prefix` as kw-only arguments. "
                "Possibly you have an "
                "old-style model class registered from out of tree and it is used for new vLLM "
                "version. Please check "
                "https://docs.vllm.ai/en/latest/design/class_hierarchy.html for the design and "
                "update the model "
                "class accordingly."
            )
        return model_class(vllm_config=vllm_config, prefix=prefix)
    if "vllm_config" in parameters and "prefix" in parameters:
        with _current_config(vllm_config):
            return model_class(vllm_config=vllm_config, prefix=prefix)
    _warn_old_style(model_class, deprecation=contract == "vllm_config-or-guess-deprecation")
    guessed: Dict[str, Any] = {}
    if "prefix" in parameters:
        guessed["prefix"] = prefix
    if "config" in parameters:
        guessed["config"] = model_config.hf_config
    guessed.update({name: getattr(vllm_config, name, None) for name in _GUESSABLE if name in parameters})
    with _current_config(vllm_config):
        return model_class(**guessed)


def _warn_old_style(model_class: Any, *, deprecation: bool) -> None:
    page = "arch_overview" if deprecation else "class_hierarchy"
    message = (
        "vLLM model class should accept `vllm_config` and `prefix` as input arguments. Possibly you "
        "have an old-style "
        "model class registered from out of tree and it is used for new vLLM version. Check "
        f"https://docs.vllm.ai/en/latest/design/{page}.html for the design and update the model class "
        "accordingly."
    )
    if deprecation:
        warnings.warn(message, DeprecationWarning, stacklevel=2)
    else:
        logger.warning(message)
    logger.warning("Trying to guess the arguments for old-style model class %s", model_class)


def _construct_by_configs(model_class: Any, engine_config: Any) -> Any:
    """0.5.5 to 0.6.3: extra arguments by interface (`_get_model_initialization_kwargs`)."""
    from vllm.model_executor.models.interfaces import has_inner_state, supports_lora, supports_multimodal

    extra: Dict[str, Any] = {}
    if supports_lora(model_class):
        extra["lora_config"] = engine_config.lora_config
    if supports_multimodal(model_class):
        extra["multimodal_config"] = engine_config.model_config.multimodal_config
    if has_inner_state(model_class):
        extra["scheduler_config"] = engine_config.scheduler_config
    return model_class(
        config=engine_config.model_config.hf_config,
        cache_config=engine_config.cache_config,
        quant_config=None,
        **extra,
    )


def build(vllm_config: Any) -> Any:
    """Build the model with the random weights of the dummy loader; nothing is read or downloaded."""
    import torch

    from vllm._reference.engine.weights import initialize_dummy_weights

    model_config = vllm_config.model_config
    set_random_seed(getattr(model_config, "seed", 0) or 0)
    model_class, _ = architecture(model_config)
    with default_dtype(torch_dtype(model_config.dtype)):
        model = construct(model_class, vllm_config)
    if isinstance(model, torch.nn.Module):
        initialize_dummy_weights(model, model_config)
        return model.eval()
    return model
