"""The plugin loader of every release (`vllm/plugins/__init__.py`).

Its warts are the releases' own: the one list in VLLM_PLUGINS filters every group, an entry point that cannot
be loaded is logged and skipped, and the once-per-process flag is set before anything is loaded.
"""

from __future__ import annotations

import logging
import os as _os
import sys as _sys
from importlib import metadata as _metadata
from typing import Any, Callable, Dict, List, Optional

from vllm import envs as _envs
from vllm._reference import GROUPS as _GROUPS
from vllm._reference import trim as _trim
from vllm._reference import value as _value

logger = logging.getLogger(__name__)

_GENERAL = _GROUPS["general"]
DEFAULT_PLUGINS_GROUP = _GENERAL
IO_PROCESSOR_PLUGINS_GROUP = "vllm.io_processor_plugins"
PLATFORM_PLUGINS_GROUP = "vllm.platform_plugins"
STAT_LOGGER_PLUGINS_GROUP = "vllm.stat_logger_plugins"
ENDPOINT_PLUGINS_GROUP = "vllm.endpoint_plugins"

if _value("once_per_process_flag") == "set-before-loading":
    plugins_loaded = False


def _discover(group: str) -> List[Any]:
    """Return the group's entry points in discovery order (duplicates of one distribution counted once)."""
    if _sys.version_info >= (3, 10):
        return list(_metadata.entry_points(group=group))
    # The releases that run on 3.9 take importlib_metadata's entry_points, which drops shadowed distributions.
    seen, found = set(), []
    for distribution in _metadata.distributions():
        name = (distribution.metadata["Name"] or "").lower().replace("_", "-")
        if name not in seen:
            seen.add(name)
            found += [point for point in distribution.entry_points if point.group == group]
    return found


def load_plugins_by_group(group: str) -> Dict[str, Callable[[], Any]]:
    """Load the group's entry points that VLLM_PLUGINS lets through; name -> what it points to."""
    allowed = _envs.VLLM_PLUGINS
    discovered = _discover(group)
    if len(discovered) == 0:
        logger.debug("No plugins for group %s found.", group)
        return {}
    if _value("general_group_log_level") == "info-list":
        return _load_with_names(group, discovered, allowed)
    quiet = _value("general_group_log_level") == "debug" and group == _GENERAL
    log = logger.debug if quiet else logger.info
    log("Available plugins for group %s:", group)
    for point in discovered:
        log("- %s -> %s", point.name, point.value)
    if allowed is None:
        log("All plugins in this group will be loaded. Set `VLLM_PLUGINS` to control which plugins to load.")
    plugins: Dict[str, Callable[[], Any]] = {}
    for point in discovered:
        if allowed is None or point.name in allowed:
            if allowed is not None:
                log("Loading plugin %s", point.name)
            try:
                plugins[point.name] = point.load()
            except Exception:
                logger.exception("Failed to load plugin %s", point.name)
    return plugins


def _load_with_names(group: str, discovered: List[Any], allowed: Optional[List[str]]) -> Dict[str, Any]:
    """Load as 0.7.0 to 0.8.5 do (`vllm/plugins/__init__.py:16-46`, 0.7.0)."""
    logger.info("Available plugins for group %s:", group)
    for point in discovered:
        logger.info("name=%s, value=%s", point.name, point.value)
    if allowed is None:
        logger.info("all available plugins for group %s will be loaded.", group)
        logger.info("set environment variable VLLM_PLUGINS to control which plugins to load.")
    plugins = {}
    for point in discovered:
        if allowed is None or point.name in allowed:
            try:
                plugins[point.name] = point.load()
                logger.info("plugin %s loaded.", point.name)
            except Exception:
                logger.exception("Failed to load plugin %s", point.name)
    return plugins


def load_general_plugins() -> None:
    """Load and call the general plugins, by this release's rules; other processes do so too."""
    global plugins_loaded
    if _value("loader_side_effects") == "compile-threads":
        _limit_compile_threads()
    if _value("once_per_process_flag") == "set-before-loading":
        if plugins_loaded:
            return
        plugins_loaded = True
    if _value("plugin_call_raises") == "logged":
        _load_and_call_each()
        return
    _prepare_platform()
    for function in load_plugins_by_group(_GENERAL).values():
        function()


def _load_and_call_each() -> None:
    """Load and call one after the other, logging what fails (0.5.5 to 0.6.6.post1)."""
    allowed = _envs.VLLM_PLUGINS
    discovered = _discover(_GENERAL)
    if _value("general_group_log_level") == "info-list":
        found, loaded, failed = "", "plugin %s loaded.", "Failed to load plugin %s"
        if len(discovered) == 0:
            logger.debug("No plugins found.")
            return
        logger.info("Available plugins:")
        for point in discovered:
            logger.info("name=%s, value=%s, group=%s", point.name, point.value, point.group)
        if allowed is None:
            logger.info("all available plugins will be loaded.")
            logger.info("set environment variable VLLM_PLUGINS to control which plugins to load.")
        else:
            logger.info("plugins to load: %s", allowed)
    else:
        found, loaded = "Found general plugin: %s", "Loaded general plugin: %s"
        failed = "Failed to load general plugin: %s"
    for point in discovered:
        if found:
            logger.info(found, point.name)
        if allowed is None or point.name in allowed:
            try:
                point.load()()
                logger.info(loaded, point.name)
            except Exception:
                logger.exception(failed, point.name)


def _limit_compile_threads() -> None:
    """Set the inductor's threads at every call (`vllm/plugins/__init__.py:26-44`, 0.6.5)."""
    from vllm.platforms import current_platform

    _os.environ["TORCHINDUCTOR_COMPILE_THREADS"] = "1"
    inductor = _sys.modules.get("torch._inductor.config")
    if inductor is not None:
        inductor.compile_threads = 1
    if current_platform.is_xpu():
        _os.environ["TORCH_COMPILE_DISABLE"] = "True"
    if current_platform.is_hpu():
        _disable_dynamo_on_lazy_hpu()


def _prepare_platform() -> None:
    """Resolve the platform and switch dynamo off where it does not work (0.7.0 to 0.10.0)."""
    effects = _value("loader_side_effects").split(",")
    if "resolves-platform" not in effects:
        return
    from vllm.platforms import current_platform

    if current_platform.is_xpu():
        _disable_dynamo()
    elif "hpu" in effects and current_platform.is_hpu():
        _disable_dynamo_on_lazy_hpu()


def _disable_dynamo_on_lazy_hpu() -> None:
    if _os.environ.get("PT_HPU_LAZY_MODE", "1") == "1":
        _disable_dynamo()
        _os.environ["PT_HPU_ENABLE_LAZY_COLLECTIVES"] = "true"


def _disable_dynamo() -> None:
    import torch._dynamo

    torch._dynamo.config.disable = True  # noqa: SLF001 (the switch there is)


def load_endpoint_plugins(supported_tasks: Any = None) -> List[Any]:
    """Load and make the endpoint plugins that VLLM_PLUGINS names and whose tasks match (0.26.0)."""
    if _envs.VLLM_PLUGINS is None:
        discovered = _discover(ENDPOINT_PLUGINS_GROUP)
        if discovered:
            logger.warning(
                "Found endpoint plugin(s) %s but VLLM_PLUGINS is not set. Endpoint plugins add HTTP routes "
                "and must be explicitly allowlisted via VLLM_PLUGINS to be loaded.",
                [point.name for point in discovered],
            )
        return []
    plugins = []
    for name, factory in load_plugins_by_group(ENDPOINT_PLUGINS_GROUP).items():
        try:
            plugin = factory()
        except Exception:
            logger.exception("Failed to instantiate endpoint plugin %s", name)
            continue
        required = plugin.required_tasks
        if required is not None and (supported_tasks is None or not set(required) & set(supported_tasks)):
            logger.info(
                "Skipping endpoint plugin %s: requires one of tasks %s, server supports %s",
                name,
                required,
                supported_tasks,
            )
            continue
        logger.info("Loaded endpoint plugin %s", name)
        plugins.append(plugin)
    return plugins


_torch_compile_backend: Any = None
_compilation_config: Any = None
_inductor_additional_configs: Dict[Any, Any] = {}


def set_torch_compile_backend(backend: Any) -> None:
    """Keep a backend for torch.compile (0.6.1.post2 to 0.6.4.post1)."""
    global _torch_compile_backend
    _torch_compile_backend = backend


def get_torch_compile_backend() -> Any:
    """Return the kept backend."""
    return _torch_compile_backend


def set_compilation_config(config: Any) -> None:
    """Keep a compilation configuration (0.6.4)."""
    global _compilation_config
    _compilation_config = config


def get_compilation_config() -> Any:
    """Return the kept configuration."""
    return _compilation_config


def set_inductor_additional_configs(configs: Dict[Any, Any]) -> None:
    """Keep configuration for the inductor (0.6.3)."""
    global _inductor_additional_configs
    _inductor_additional_configs = configs


def get_inductor_additional_configs() -> Dict[Any, Any]:
    """Return the kept configuration."""
    return _inductor_additional_configs


_trim(globals())
