"""Where foreign code runs."""

from plugin_matrix.sandbox.protocol import Command, End, Execution, Limits, Sandbox, Warm

__all__ = ["Command", "End", "Execution", "Limits", "Sandbox", "Warm"]
