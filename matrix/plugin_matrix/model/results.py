"""`results.json`: the only thing that reports and the gate read."""

from collections import Counter
from collections.abc import Iterable
from typing import Self

import msgspec

from plugin_matrix.model.cell import CellResult
from plugin_matrix.model.decision import Decision
from plugin_matrix.model.engine import Engine
from plugin_matrix.model.platform import Platform
from plugin_matrix.model.plugin import Plugin
from plugin_matrix.model.surface import SurfaceResult
from plugin_matrix.model.verdict import Compatible, Incompatible, NotApplicable, Undetermined

SCHEMA_VERSION = 1
"""Raised when a reader of the previous version would misread a document."""


class Totals(msgspec.Struct, frozen=True):
    """Number of cells per verdict; the four add up to `cells`."""

    cells: int
    compatible: int
    incompatible: int
    not_applicable: int
    undetermined: int

    @classmethod
    def of(cls, cells: Iterable[CellResult]) -> Self:
        """Count the verdicts of `cells`."""
        counts = Counter(type(cell.verdict) for cell in cells)
        return cls(
            cells=counts.total(),
            compatible=counts[Compatible],
            incompatible=counts[Incompatible],
            not_applicable=counts[NotApplicable],
            undetermined=counts[Undetermined],
        )


class PluginProblem(msgspec.Struct, frozen=True):
    """A plugin that was asked for and could not be opened; it has no cells."""

    source: str
    message: str
    exit_code: int
    """What the command would end with had this plugin been asked for alone."""


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """One run of the matrix."""

    schema_version: int = SCHEMA_VERSION
    tool_version: str
    started: str
    """UTC, ISO 8601."""
    seconds: float
    complete: bool
    """False when the run was interrupted; the cells that were done are here all the same."""
    engines: tuple[Engine, ...]
    platforms: tuple[Platform, ...]
    plugins: tuple[Plugin, ...]
    problems: tuple[PluginProblem, ...] = ()
    cells: tuple[CellResult, ...]
    totals: Totals
    surface: tuple[SurfaceResult, ...] = ()
    """What `check` found, by plugin; no cell ran for it."""
    asked_for: bool = False
    """The user named the releases of `surface`, so errors count on each, not only on those declared."""
    decision: Decision | None = None
    """What the gate made of these results, with the baseline and the known problems it had."""
