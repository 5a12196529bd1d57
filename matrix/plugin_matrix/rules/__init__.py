"""Judging: observations in, findings and verdicts out."""

from plugin_matrix.rules.applicability import applicability
from plugin_matrix.rules.catalogue import catalogue
from plugin_matrix.rules.decode import DecodeProblem, decode_observation
from plugin_matrix.rules.judge import CHECKS, Judgement, judge

__all__ = [
    "CHECKS",
    "DecodeProblem",
    "Judgement",
    "applicability",
    "catalogue",
    "decode_observation",
    "judge",
]
