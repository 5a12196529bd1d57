"""Which generation of the engine and of its model runner is used.

Dimensions `v1_switch`, `model_runner_default`.
"""

from __future__ import annotations

import os
import platform
from typing import Any

from vllm._reference import at_least, value
from vllm.logger import init_logger

logger = init_logger("vllm.engine.arg_utils")

_STATE = {"v1": at_least("0.11.0")}


def uses_v1() -> bool:
    """Tell whether the V1 engine is used in this process; settled by `decide_v1`."""
    return _STATE["v1"]


def mark_v1() -> None:
    """State that this process is part of a V1 engine."""
    _STATE["v1"] = True


def decide_v1(model_config: Any) -> bool:
    """Settle V0 or V1 as `EngineArgs.create_engine_config` does (0.8.0, `_is_v1_supported_oracle`).

    Raises NotImplementedError where VLLM_USE_V1=1 is set and the platform does not support V1 (0.8.3 to
    0.10.2).
    """
    if at_least("0.11.0"):
        return True
    asked = os.environ.get("VLLM_USE_V1")
    if not at_least("0.8.0"):
        _STATE["v1"] = at_least("0.6.4") and bool(int(asked or "0"))
        return _STATE["v1"]
    _STATE["v1"] = (
        False if asked is not None and not int(asked) else _supported(model_config, forced=asked is not None)
    )
    os.environ.setdefault("VLLM_USE_V1", "1" if _STATE["v1"] else "0")
    return _STATE["v1"]


def _supported(model_config: Any, *, forced: bool) -> bool:
    from vllm.platforms import current_platform

    if at_least("0.8.3") and not current_platform.supports_v1(model_config=model_config):
        if forced:
            raise NotImplementedError(
                f"VLLM_USE_V1=1 is not supported with device type={current_platform.device_type}."
            )
        logger.warning(
            "device type=%s is not supported by the V1 Engine. Falling back to V0. ",
            current_platform.device_type,
        )
        return False
    if forced or current_platform.is_cuda():
        return True
    if at_least("0.9.2"):
        return bool(current_platform.default_v1(model_config=model_config))
    return at_least("0.9.1") and current_platform.is_cpu() and _on_x86()


def _on_x86() -> bool:
    """Tell whether 0.9.1 runs V1 by default on this host (`vllm/engine/arg_utils.py:1446`)."""
    return platform.machine() in ("x86_64", "amd64", "AMD64")


def uses_v2_runner() -> bool:
    """Tell whether model runner V2 is used.

    By default from 0.25.0, unless VLLM_USE_V2_MODEL_RUNNER says otherwise.

    From 0.22.0 to 0.30.0 an installed logits-processor plugin means V1 (`vllm/config/vllm.py:2030`).
    """
    if not at_least("0.22.0"):
        return False
    asked = os.environ.get("VLLM_USE_V2_MODEL_RUNNER")
    if asked is not None:
        return bool(int(asked))
    if not at_least("0.31.0") and _has_logits_processor_plugins():
        return False
    return value("model_runner_default") in ("v2-dense", "v2")


def _has_logits_processor_plugins() -> bool:
    from importlib.metadata import entry_points

    return bool(entry_points(group="vllm.logits_processors"))
