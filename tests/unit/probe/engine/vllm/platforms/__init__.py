"""Platform resolution."""

import logging
from importlib import import_module

from vllm.plugins import load_plugins_by_group

logger = logging.getLogger(__name__)
_current_platform = None


def resolve_current_platform_cls_qualname():
    """Let one plugin win; call it twice."""
    plugins = load_plugins_by_group("vllm.platform_plugins")
    active = []
    for name, function in plugins.items():
        try:
            if function() is not None:
                active.append(name)
        except Exception:
            logger.warning("Platform plugin %s failed during detection.", name, exc_info=True)
    if len(active) > 1:
        raise RuntimeError(f"Only one platform plugin can be activated, but got: {active}")
    return plugins[active[0]]() if active else "vllm.platforms.interface.UnspecifiedPlatform"


def __getattr__(name):
    if name != "current_platform":
        raise AttributeError(name)
    global _current_platform  # noqa: PLW0603
    if _current_platform is None:
        module, _, attribute = resolve_current_platform_cls_qualname().rpartition(".")
        _current_platform = getattr(import_module(module), attribute)()
    return _current_platform
