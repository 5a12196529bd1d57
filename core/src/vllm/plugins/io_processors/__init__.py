"""Choosing and constructing an IO processor (`vllm/plugins/io_processors/__init__.py`, 0.10.2).

Every installed plugin function is called when one is asked for, by an argument or by the model's description.
The class is constructed with the configuration (0.10.2), with configuration and renderer where it takes one
(0.17.x), always with both (0.18.0).
"""

from __future__ import annotations

import inspect
import logging
from typing import Any, Optional

from vllm._reference import trim, value
from vllm._reference.engine.qualname import resolve
from vllm.plugins import load_plugins_by_group
from vllm.plugins.io_processors.interface import IOProcessor

logger = logging.getLogger(__name__)

_GROUP = "vllm.io_processor_plugins"
_WITH_RENDERER = value("io_processor").startswith("renderer")


def _asked_for(vllm_config: Any, plugin_from_init: Optional[str]) -> Optional[str]:
    if plugin_from_init:
        return plugin_from_init
    named: Optional[str] = vllm_config.model_config.hf_config.to_dict().get("io_processor_plugin")
    return named


def has_io_processor(vllm_config: Any, plugin_from_init: Optional[str] = None) -> bool:
    """Tell whether an IO processor is asked for."""
    return _asked_for(vllm_config, plugin_from_init) is not None


def _find(vllm_config: Any, plugin_from_init: Optional[str]) -> Optional[str]:
    """Return the qualified name of the class, None where no processor is asked for.

    ValueError for a missing one.
    """
    asked = _asked_for(vllm_config, plugin_from_init)
    if asked is None:
        logger.debug("No IOProcessor plugins requested by the model")
        return None
    available = {}
    for name, function in load_plugins_by_group(_GROUP).items():
        try:
            if not callable(function):
                raise AssertionError  # noqa: TRY004, TRY301 (swallowed as the function's own errors are)
            qualname = function()
            if qualname is not None:
                available[name] = qualname
        except Exception:
            logger.warning("Failed to load plugin %s.", name, exc_info=True)
    if not available:
        raise ValueError(f"No IOProcessor plugins installed but one is required ({asked}).")
    if asked not in available:
        raise ValueError(
            f"The model requires the '{asked}' IO Processor plugin but it is not installed. "
            f"Available plugins: {list(available)}"
        )
    return available[asked]


if _WITH_RENDERER:

    def get_io_processor(
        vllm_config: Any, renderer: Any, plugin_from_init: Optional[str] = None
    ) -> Optional[IOProcessor]:
        """Return the processor, or None; ValueError where the one asked for is missing."""
        qualname = _find(vllm_config, plugin_from_init)
        if qualname is None:
            return None
        made = resolve(qualname)
        adapts = value("io_processor") == "renderer-adapter"
        if adapts and "renderer" not in inspect.signature(made.__init__).parameters:
            logger.warning(
                "The renderer argument will be required in v0.18, please update your IOProcessor plugin: %s",
                qualname,
            )
            return made(vllm_config)
        return made(vllm_config, renderer)

else:

    def get_io_processor(vllm_config: Any, plugin_from_init: Optional[str] = None) -> Optional[IOProcessor]:  # type: ignore[misc]
        """Return the processor, or None; ValueError where the one asked for is missing."""
        qualname = _find(vllm_config, plugin_from_init)
        return None if qualname is None else resolve(qualname)(vllm_config)


trim(globals())
