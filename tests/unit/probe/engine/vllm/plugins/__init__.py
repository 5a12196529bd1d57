"""The loader."""

import logging
from importlib.metadata import entry_points

from vllm import envs

logger = logging.getLogger(__name__)
plugins_loaded = False


def load_plugins_by_group(group):
    """Load what `VLLM_PLUGINS` allows."""
    allowed = envs.VLLM_PLUGINS
    plugins = {}
    points = entry_points()
    for plugin in points.select(group=group) if hasattr(points, "select") else points.get(group, ()):
        if allowed is None or plugin.name in allowed:
            try:
                plugins[plugin.name] = plugin.load()
            except Exception:
                logger.exception("Failed to load plugin %s", plugin.name)
    return plugins


def load_general_plugins():
    """Call every general plugin, once in a process."""
    global plugins_loaded  # noqa: PLW0603
    if plugins_loaded:
        return
    plugins_loaded = True
    for function in load_plugins_by_group("vllm.general_plugins").values():
        function()
