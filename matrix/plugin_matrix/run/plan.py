"""Planning: which cells there are, and which of them are not worth running."""

from collections.abc import Mapping, Sequence

import msgspec

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.model import Cell, Engine, NotApplicable, Platform, Reason
from plugin_matrix.plugins import OpenedPlugin
from plugin_matrix.rules import applicability
from plugin_matrix.run.selection import selected


class Subject(msgspec.Struct, frozen=True):
    """A plugin under test with what is installed beside it."""

    opened: OpenedPlugin
    companions: tuple[OpenedPlugin, ...] = ()
    scenario_seconds: float | None = None
    """Its own limit for one scenario, where the run's is not wanted."""


class PlannedCell(msgspec.Struct, frozen=True, kw_only=True):
    """A cell to run, or one that is known not to apply."""

    cell: Cell
    subject: Subject
    not_applicable: NotApplicable | None = None
    """Why it is not run."""
    beyond_declared: tuple[str, ...] = ()
    """What the plugin states that running it goes against."""


DECLARED = (Reason.ENGINE_NOT_DECLARED, Reason.PYTHON_NOT_DECLARED, Reason.WHEEL_TAG)
"""Reasons that are statements of the plugin, which the user may want to go beyond."""


def plan_cells(
    subjects: Sequence[Subject],
    engines: Sequence[Engine],
    platforms: Sequence[Platform],
    history: InterfaceHistory,
    *,
    select: Sequence[str] = (),
    deselect: Sequence[str] = (),
    beyond_declared: bool = False,
    declared_only: bool = False,
) -> tuple[PlannedCell, ...]:
    """Return the selected cells in the order plugin, platform, engine.

    With `declared_only` there are none on engines that the plugin's own requirement excludes.
    """
    planned = (
        _planned(subject, cell, history, beyond_declared=beyond_declared)
        for subject in subjects
        for platform in platforms
        for engine in engines
        if selected((cell := Cell(subject.opened.plugin.id, engine, platform)).id, select, deselect)
    )
    return tuple(
        one
        for one in planned
        if not declared_only
        or one.not_applicable is None
        or one.not_applicable.reason is not Reason.ENGINE_NOT_DECLARED
    )


def _planned(
    subject: Subject, cell: Cell, history: InterfaceHistory, *, beyond_declared: bool
) -> PlannedCell:
    reasons = tuple(applicability(subject.opened.plugin, cell.engine, cell.platform, history))
    declared = tuple(reason for reason in reasons if reason.reason in DECLARED)
    binding = [reason for reason in reasons if not (beyond_declared and reason in declared)]
    return PlannedCell(
        cell=cell,
        subject=subject,
        not_applicable=binding[0] if binding else None,
        beyond_declared=tuple(reason.detail for reason in declared) if not binding else (),
    )


def leave_out(planned: Sequence[PlannedCell], absent: Mapping[Platform, str]) -> tuple[PlannedCell, ...]:
    """Return the cells with those left out whose platform's accelerator is not there; `absent` says why."""
    return tuple(
        one
        if one.not_applicable or one.cell.platform not in absent
        else msgspec.structs.replace(
            one, not_applicable=NotApplicable(Reason.NO_DEVICE, absent[one.cell.platform]), beyond_declared=()
        )
        for one in planned
    )
