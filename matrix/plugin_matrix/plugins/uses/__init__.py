"""What a plugin's source asks of vLLM, read without executing it."""

from plugin_matrix.plugins.uses.plugin_source import read_uses

__all__ = ["read_uses"]
