"""What a model is run for, and what happens when its class fails the check.

Dimension `failed_check_outcome`.
"""

from __future__ import annotations

import warnings
from typing import Any, List, Tuple

from vllm._reference import at_least, value
from vllm._reference.engine.queries import GENERATIVE_SUFFIXES, SUFFIXES
from vllm.logger import init_logger

logger = init_logger("vllm.config")

_POOLING_TASKS = ("embed", "classify", "score", "reward") if at_least("0.6.5") else ("embedding",)


def _ask(method: str, architectures: List[str], model_config: Any) -> bool:
    from vllm.model_executor.models import ModelRegistry

    question = getattr(ModelRegistry, method)
    if value("registry_query_signature") == "architectures-model_config":
        return bool(question(architectures, model_config))
    return bool(question(architectures))


def resolve_task(architectures: List[str], task: str, model_config: Any) -> Tuple[str, str]:
    """Return (runner, task) that the release settles on.

    0.5.5 to 0.6.3 only ask whether the model embeds. 0.6.4 ends with a bare StopIteration when it is neither
    (`vllm/config.py:338`), 0.6.5 to 0.10.0 run it as a pooling model (`:470`), 0.10.1 and later raise
    ValueError (`vllm/config/__init__.py:693`).
    """
    outcome = value("failed_check_outcome")
    if outcome == "not-checked":
        from vllm.model_executor.models import ModelRegistry

        pools = any(ModelRegistry.is_embedding_model(arch) for arch in architectures)
        return ("pooling", "embedding") if pools else ("generate", "generate")
    if outcome == "unused":
        pools = _ask("is_embedding_model", architectures, model_config)
        return ("pooling", "embedding") if pools else ("generate", "generate")
    generates = _ask("is_text_generation_model", architectures, model_config)
    pools = _ask(
        "is_pooling_model" if at_least("0.6.5") else "is_embedding_model", architectures, model_config
    )
    if outcome == "value-error":
        return _by_runner(architectures, task, generates=generates, pools=pools)
    supported = [*(("generate",) if generates else ()), *(_POOLING_TASKS if pools else ())]
    if task == "auto":
        chosen = next(iter(supported))
        if len(supported) > 1:
            logger.info("This model supports multiple tasks: %s. Defaulting to '%s'.", set(supported), chosen)
    elif task == "embedding" and at_least("0.6.5"):
        warnings.warn(
            "The 'embedding' task will be restricted to embedding models", DeprecationWarning, stacklevel=2
        )
        chosen = "embed"
    elif task not in supported:
        raise ValueError(f"This model does not support the '{task}' task. Supported tasks: {set(supported)}")
    else:
        chosen = task
    return ("generate" if chosen == "generate" else "pooling", chosen)


def _by_runner(architectures: List[str], runner: str, *, generates: bool, pools: bool) -> Tuple[str, str]:
    if runner == "auto":
        runner = _default_runner(architectures, generates=generates, pools=pools)
    if runner == "generate" and pools and not generates and at_least("0.33.0"):
        raise ValueError(
            f"Embedding models do not support `--runner {runner}`. "
            "Use `--runner pooling` or `--runner auto` for embedding models."
        )
    if runner == "generate" and not generates:
        raise ValueError("This model does not support `--runner generate`.")
    return runner, "generate" if runner == "generate" else "embed"


def _default_runner(architectures: List[str], *, generates: bool, pools: bool) -> str:
    """`ModelConfig._get_default_runner_type`: a pooling flag first, then the name of the architecture."""
    if pools:
        return "pooling"
    if generates:
        return "generate"
    for arch in architectures:
        suffix = next((suffix for suffix in SUFFIXES if arch.endswith(suffix)), None)
        if suffix is not None:
            return "generate" if suffix in GENERATIVE_SUFFIXES else "pooling"
    return "generate"
