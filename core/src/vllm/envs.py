"""Environment variables, read when they are asked for (`vllm/envs.py`).

Which variables there are, and their defaults, is data. How a variable is read follows from its default:
numbers and booleans are converted, `VLLM_PLUGINS` is split at commas and nothing else.
"""

from __future__ import annotations

import functools
import logging as _logging
import os
from typing import Any, Callable, Dict, List

from vllm._reference import FACTS as _FACTS
from vllm._reference import at_least as _at_least
from vllm._reference import trim as _trim

_log = _logging.getLogger(__name__)


def _plugins() -> Any:
    """Split at commas: no stripping, "" gives [""] (`vllm/envs.py:394`, 0.5.5; `:1170`, 0.33.0)."""
    text = os.environ.get("VLLM_PLUGINS", None)
    return None if text is None else text.split(",")


def _target_device() -> str:
    """Lower-cased since 0.10.1 (`vllm/envs.py`)."""
    text = os.environ.get("VLLM_TARGET_DEVICE", "cuda")
    return text.lower() if _at_least("0.10.1") else text


_OWN: Dict[str, Callable[[], Any]] = {"VLLM_PLUGINS": _plugins, "VLLM_TARGET_DEVICE": _target_device}


def _read(name: str, default: Any) -> Any:
    text = os.environ.get(name)
    if text is None:
        return default
    if isinstance(default, bool):
        return text.strip().lower() in ("1", "true")
    if isinstance(default, int):
        return int(text)
    if isinstance(default, float):
        return float(text)
    if isinstance(default, list):
        return text.split(",")
    return text


environment_variables: Dict[str, Callable[[], Any]] = {
    name: _OWN.get(name, functools.partial(_read, name, default)) for name, default in _FACTS["envs"].items()
}


def __getattr__(name: str) -> Any:
    if name in environment_variables:
        return environment_variables[name]()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _is_envs_cache_enabled() -> bool:
    return hasattr(globals()["__getattr__"], "cache_clear")


def enable_envs_cache() -> None:
    """Keep every variable's value from now on (`vllm/envs.py:1524`, 0.11.1)."""
    if _is_envs_cache_enabled():
        return
    globals()["__getattr__"] = cached = functools.lru_cache(maxsize=None)(globals()["__getattr__"])
    for name in environment_variables:
        cached(name)


def disable_envs_cache() -> None:
    """Read the environment again at each access."""
    if _is_envs_cache_enabled():
        globals()["__getattr__"] = globals()["__getattr__"].__wrapped__


def __dir__() -> List[str]:
    return list(environment_variables.keys())


def is_set(name: str) -> bool:
    """Tell whether the variable is in the environment; AttributeError for one that vLLM does not know."""
    if name in environment_variables:
        return name in os.environ
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def set_vllm_use_v1(use_v1: bool) -> None:
    """Fix the engine for this process and its children (0.8.0 to 0.10.2)."""
    if is_set("VLLM_USE_V1"):
        raise ValueError("Should not call set_vllm_use_v1() if VLLM_USE_V1 is set explicitly by the user.")
    os.environ["VLLM_USE_V1"] = "1" if use_v1 else "0"


def validate_environ(hard_fail: bool) -> None:
    """Warn about VLLM_* variables nobody knows, or raise (`vllm/envs.py:1704`, 0.17.0)."""
    for name in os.environ:
        if name.startswith("VLLM_") and name not in environment_variables:
            if hard_fail:
                raise ValueError(f"Unknown vLLM environment variable detected: {name}")
            _log.warning("Unknown vLLM environment variable detected: %s", name)


_trim(globals())
