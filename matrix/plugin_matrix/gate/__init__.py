"""From results to a decision."""

from plugin_matrix.gate.decision import decide

__all__ = ["decide"]
