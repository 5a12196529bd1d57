"""Marks: how a verdict is shown, the same in every format: a symbol and a word, never colour alone."""

from collections.abc import Iterable
from enum import Enum
from typing import assert_never

from plugin_matrix.model import (
    Compatible,
    Incompatible,
    Level,
    NotApplicable,
    Totals,
    Undetermined,
    Verdict,
)


class Mark(Enum):
    """What a square of the matrix shows."""

    COMPATIBLE = ("compatible", "\N{CHECK MARK}", "+", "green")
    INCOMPATIBLE = ("incompatible", "\N{BALLOT X}", "x", "bold red")
    UNDETERMINED = ("undetermined", "?", "?", "yellow")
    NOT_APPLICABLE = ("not applicable", "\N{EN DASH}", "-", "dim")
    NOT_RUN = ("not run", "\N{MIDDLE DOT}", ".", "dim")
    """The run was interrupted before this cell, or the selection left it out."""

    def __init__(self, word: str, symbol: str, ascii_symbol: str, style: str) -> None:
        self.word = word
        self.symbol = symbol
        self.ascii_symbol = ascii_symbol
        self.style = style
        """A style of rich's."""

    @property
    def slug(self) -> str:
        """The word as a CSS class."""
        return self.word.replace(" ", "-")


VERDICT_MARKS = (Mark.COMPATIBLE, Mark.INCOMPATIBLE, Mark.UNDETERMINED, Mark.NOT_APPLICABLE)
"""Marks of cells that were run, in the order totals are written."""

LEVEL_STYLES = {Level.ERROR: "bold red", Level.WARNING: "yellow", Level.ADVICE: "cyan"}
"""Levels from the worst on, with rich's styles."""


def mark(verdict: Verdict) -> Mark:
    """Return the mark of a verdict."""
    match verdict:
        case Compatible():
            return Mark.COMPATIBLE
        case Incompatible():
            return Mark.INCOMPATIBLE
        case NotApplicable():
            return Mark.NOT_APPLICABLE
        case Undetermined():
            return Mark.UNDETERMINED
        case _:
            assert_never(verdict)


def counts(totals: Totals) -> dict[Mark, int]:
    """Return the number of cells behind each mark; they add up to `totals.cells`."""
    return {
        Mark.COMPATIBLE: totals.compatible,
        Mark.INCOMPATIBLE: totals.incompatible,
        Mark.UNDETERMINED: totals.undetermined,
        Mark.NOT_APPLICABLE: totals.not_applicable,
    }


def plural(number: int, noun: str) -> str:
    """Return `1 cell`, `2 cells`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def worst(levels: Iterable[Level]) -> Level:
    """Return the worst of some levels; there is at least one."""
    rank = tuple(Level)
    return min(levels, key=rank.index)
