"""Choosing the platform (`vllm/platforms/__init__.py`).

From 0.7.0 on it is chosen when `current_platform` is first asked for, and plugins take part. Before that it
is chosen when this module is imported.

The engine has two platforms of its own. CUDA is active where the driver's device file is there and
VLLM_TARGET_DEVICE is not `cpu`; otherwise CPU is, as in a CPU build of vLLM. No device is opened for this.
"""

from __future__ import annotations

import logging
import os as _os
import sys as _sys
import traceback
from itertools import chain as _chain
from typing import Any, Callable, Dict, Optional

from vllm import envs as _envs
from vllm._reference import FACTS as _FACTS
from vllm._reference import GROUPS as _GROUPS
from vllm._reference import at_least as _at_least
from vllm._reference import trim as _trim
from vllm._reference import value as _value
from vllm._reference.qualname import resolve_obj_by_qualname
from vllm.platforms.interface import Platform, PlatformEnum, UnspecifiedPlatform

if _at_least("0.6.5"):
    from vllm.platforms.interface import CpuArchEnum
if _at_least("0.6.5") and not _at_least("0.11.1"):
    from vllm.platforms.interface import _Backend
if _at_least("0.7.0"):
    from vllm.plugins import load_plugins_by_group
if _at_least("0.11.1"):
    from vllm.plugins import PLATFORM_PLUGINS_GROUP
if _at_least("0.29.0"):
    from vllm.platforms.interface import in_wsl

logger = logging.getLogger(__name__)
_log = logger
_DRIVER = "/dev/nvidiactl"


def vllm_version_matches_substr(substr: str) -> bool:
    """Tell whether the engine's version contains `substr`; the reference engine passes for a CPU build."""
    from vllm import __version__

    return substr in __version__ or (substr == "cpu" and _cpu_is_target())


def _cpu_is_target() -> bool:
    return _os.environ.get("VLLM_TARGET_DEVICE", "").lower() == "cpu" or not _os.path.exists(_DRIVER)


def tpu_platform_plugin() -> Optional[str]:
    """Return None: the engine has no such platform."""
    return None


def cuda_platform_plugin() -> Optional[str]:
    """Return the CUDA platform where there is a driver."""
    return None if _cpu_is_target() else "vllm.platforms.cuda.CudaPlatform"


def rocm_platform_plugin() -> Optional[str]:
    """Return None: the engine has no such platform."""
    return None


def hpu_platform_plugin() -> Optional[str]:
    """Return None: the engine has no such platform."""
    return None


def xpu_platform_plugin() -> Optional[str]:
    """Return None: the engine has no such platform."""
    return None


def cpu_platform_plugin() -> Optional[str]:
    """Return the CPU platform where CUDA is not."""
    return "vllm.platforms.cpu.CpuPlatform" if _cpu_is_target() else None


def neuron_platform_plugin() -> Optional[str]:
    """Return None: the engine has no such platform."""
    return None


def openvino_platform_plugin() -> Optional[str]:
    """Return None: the engine has no such platform."""
    return None


def _is_amd_zen_cpu() -> bool:
    return False


_BUILTIN: Dict[str, Callable[[], Optional[str]]] = {
    "tpu": tpu_platform_plugin,
    "cuda": cuda_platform_plugin,
    "rocm": rocm_platform_plugin,
    "hpu": hpu_platform_plugin,
    "xpu": xpu_platform_plugin,
    "cpu": cpu_platform_plugin,
    "neuron": neuron_platform_plugin,
    "openvino": openvino_platform_plugin,
}
_ABSENT = frozenset(_FACTS["removed_names"].get(__name__, ()))
builtin_platform_plugins = {
    name: function for name, function in _BUILTIN.items() if f"{name}_platform_plugin" not in _ABSENT
}


def _note_failure(name: str) -> None:
    """Log a platform function that raised, as loudly as this release does."""
    rule = _value("platform_plugin_raises")
    if rule == "swallowed":
        return
    loud = rule == "warning" and name not in builtin_platform_plugins
    log = _log.warning if loud else _log.debug
    log("Platform plugin %s failed during detection.", name, exc_info=True)


def resolve_current_platform_cls_qualname() -> str:
    """Return the chosen platform's class name, or whatever a plugin's function returned in its place.

    Anything that is not None counts as active. RuntimeError when two plugins are, or two builtins alone.
    """
    if _value("platform_resolution") == "cpu-target-first" and _envs.VLLM_TARGET_DEVICE == "cpu":
        chosen = cpu_platform_plugin()
        if chosen is None:
            raise AssertionError
        _log.debug("Explicitly selected CPU platform.")
        return chosen
    plugins = load_plugins_by_group(_GROUPS["platform"])
    active = []
    for name, function in _chain(builtin_platform_plugins.items(), plugins.items()):
        try:
            if not callable(function):
                raise AssertionError  # noqa: TRY004, TRY301 (swallowed as the function's own errors are)
            if function() is not None:
                active.append(name)
        except Exception:
            _note_failure(name)
    builtin = list(set(active) & set(builtin_platform_plugins))
    outside = list(set(active) & set(plugins))
    detected = _log.debug if _at_least("0.11.1") else _log.info
    if len(outside) >= 2 or (not outside and len(builtin) >= 2):
        raise RuntimeError(f"Only one platform plugin can be activated, but got: {outside or builtin}")
    if outside:
        qualname = plugins[outside[0]]()
        _log.info("Platform plugin %s is activated", outside[0])
    elif builtin:
        qualname = builtin_platform_plugins[builtin[0]]()
        detected("Automatically detected platform %s.", builtin[0])
    else:
        qualname = "vllm.platforms.interface.UnspecifiedPlatform"
        detected("No platform detected, vLLM is running on UnspecifiedPlatform")
    return qualname


_current_platform: Any = None
_init_trace: str = ""

__all__ = ["CpuArchEnum", "Platform", "PlatformEnum", "_init_trace", "_is_amd_zen_cpu", "current_platform"]

if _value("platform_resolution") == "builtin-at-import":
    # vllm/platforms/__init__.py, 0.6.6: an if-chain over the builtin platforms; plugins have no part in it.
    current_platform = (
        resolve_obj_by_qualname(
            cuda_platform_plugin() or (cpu_platform_plugin() if _at_least("0.6.1") else None) or ""
        )()
        if cuda_platform_plugin() or _at_least("0.6.1")
        else UnspecifiedPlatform()
    )
else:

    def __getattr__(name: str) -> Any:
        global _current_platform, _init_trace
        if name == "current_platform":
            if _current_platform is None:
                # Looked up in the module, so that a patched resolver counts.
                module = _sys.modules[__name__]
                _current_platform = resolve_obj_by_qualname(module.resolve_current_platform_cls_qualname())()
                _init_trace = "".join(traceback.format_stack())
            return _current_platform
        raise AttributeError(f"No attribute named '{name}' exists in {__name__}.")


if _at_least("0.11.1"):

    def __setattr__(name: str, value: Any) -> None:
        """Do nothing ever: Python does not call a module's `__setattr__` (P18)."""


_trim(globals())
