"""Opening plugins: a requirement, directory, wheel or sdist becomes a checked wheel and its metadata."""

from plugin_matrix.plugins.opening import OpenedPlugin, open_plugin

__all__ = ["OpenedPlugin", "open_plugin"]
