"""`[tool.plugin-matrix]`: settings from file, environment and command line, each with its source."""

from plugin_matrix.config.layering import Settings, Source, load_settings, resolved
from plugin_matrix.config.model import Configuration, KnownProblem, Limits

__all__ = ["Configuration", "KnownProblem", "Limits", "Settings", "Source", "load_settings", "resolved"]
