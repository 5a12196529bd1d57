"""The command `plugin-matrix`: parse, call, print; no logic."""

from plugin_matrix.cli.main import main

__all__ = ["main"]
