"""From results to a decision: known problems, a baseline, and what is new since."""

from plugin_matrix.gate.decision import Policy, decide
from plugin_matrix.gate.known import mark_known

__all__ = ["Policy", "decide", "mark_known"]
