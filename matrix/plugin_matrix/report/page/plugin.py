"""One plugin's part of the page: what was told from its source, what by running it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, assert_never

from plugin_matrix.model import (
    CellResult,
    CheckStatus,
    Compatible,
    Incompatible,
    Isolation,
    NotApplicable,
    Plugin,
    Undetermined,
)
from plugin_matrix.report.anchors import Anchors, Bounded, RuleView
from plugin_matrix.report.causes import Undecided, not_applicable, root_causes, undetermined
from plugin_matrix.report.decision import Changes
from plugin_matrix.report.grid import Grid, Stretch
from plugin_matrix.report.marks import VERDICT_MARKS, Mark, mark
from plugin_matrix.report.merging import merged, merged_but_release, without_release
from plugin_matrix.report.page.causes import CausesView, CauseView, causes_view
from plugin_matrix.report.page.detail import Detail
from plugin_matrix.report.page.matrix import Matrix, MatrixRow, cell_square, matrix
from plugin_matrix.report.page.source import SourcePart
from plugin_matrix.report.ranges import Axis
from plugin_matrix.report.visible import last_part

OUTPUT_CHARACTERS = 1_500
"""Of each output shown; so one plugin's outputs take at most 12 kB."""


class CheckView(NamedTuple):
    """One outcome of one check and where it came out so."""

    id: str
    status: CheckStatus
    detail: str
    where: str


class CellView(NamedTuple):
    """One row of a plugin's cells."""

    anchor: str
    result: CellResult
    engine: str
    mark: Mark
    causes: tuple[CauseView, ...]
    detail: str
    """Why there is no judgement."""


class Located(NamedTuple):
    """A text that some cells of a plugin share: output, or what was amiss and decided nothing."""

    where: str
    text: str


class IsolationView(NamedTuple):
    """How some cells of a plugin were locked in."""

    where: str
    isolation: Isolation


class RunPart(NamedTuple):
    """What was told by running one plugin."""

    matrix: Matrix | None
    """Its releases by venue, where the page's own matrices do not show that."""
    venues: tuple[str, ...]
    stretches: Bounded[Stretch]
    """Releases that fare alike, where there is no row for each cell."""
    causes: CausesView
    undetermined: Bounded[Undecided]
    not_applicable: Bounded[Undecided]
    checks: tuple[CheckView, ...]
    cells: tuple[CellView, ...]
    notes: tuple[Located, ...]
    isolations: tuple[IsolationView, ...]
    outputs: Bounded[Located]


class PluginView(NamedTuple):
    """One plugin's part of the page."""

    anchor: str
    plugin: Plugin
    counts: Mapping[Mark, int]
    run: RunPart | None
    source: SourcePart | None

    @property
    def marks(self) -> str:
        """What the plugin is filtered by: verdicts of its cells and of its source, and how findings stand."""
        found = {shown.slug: None for shown in VERDICT_MARKS if self.counts[shown]}
        if self.source is not None:
            found[self.source.mark.slug] = None
        for part in (self.run, self.source):
            for view in part.causes.shown if part else ():
                found |= dict.fromkeys(view.statuses)
                if view.cause.known is not None:
                    found["known"] = None
        return " ".join(found)


class PluginPages(NamedTuple):
    """What all plugins' parts are made with."""

    axis: Axis
    grid: Grid
    anchors: Anchors
    rules: Mapping[str, RuleView]
    changes: Changes
    detail: Detail


def plugin_view(
    plugin: Plugin, cells: Sequence[CellResult], source: SourcePart | None, anchor: str, pages: PluginPages
) -> PluginView:
    """Work out the part of one plugin."""
    return PluginView(
        anchor=anchor,
        plugin=plugin,
        counts=_counts(mark(result.verdict) for result in cells),
        run=_run_part(plugin, cells, pages) if cells or source is None else None,
        source=source,
    )


def _run_part(plugin: Plugin, cells: Sequence[CellResult], pages: PluginPages) -> RunPart:
    axis, anchors, detail = pages.axis, pages.anchors, pages.detail
    causes = causes_view(
        plugin.id, root_causes(plugin, cells, axis, pages.changes), anchors, pages.rules, detail
    )
    causes_of: dict[str, list[CauseView]] = defaultdict(list)
    for view in causes.shown if detail.cells else ():
        for cell in view.cause.cells:
            causes_of[cell.id].append(view)
    shown = cells if detail.cells else ()
    rows = tuple(_cell_view(result, axis, anchors, causes_of[result.id]) for result in shown)
    venues = pages.grid.venues_of(plugin.id)
    stretches = pages.grid.stretches([pages.grid.row(plugin.id, one) for one in venues])
    telling_first = sorted(cells, key=lambda result: isinstance(result.verdict, Compatible))
    outputs = merged(
        (result.cell, last_part(result.output.rstrip(), OUTPUT_CHARACTERS))
        for result in (telling_first if detail.outputs else ())
        if result.output.strip()
    )
    notes = merged_but_release(
        ((result.cell, note) for result in shown for note in result.notes), without_release
    )
    isolations = merged((result.cell, result.isolation) for result in shown if result.isolation)
    return RunPart(
        matrix=_own_matrix(plugin, rows, pages) if detail.cells and len(venues) > 1 else None,
        venues=tuple(pages.grid.name(venue) for venue in venues),
        stretches=Bounded.of(stretches if detail.stretches else (), detail.stretches),
        causes=causes,
        undetermined=Bounded.of(undetermined(cells, axis), detail.texts * 8),
        not_applicable=Bounded.of(not_applicable(cells, axis), detail.texts * 8),
        checks=_checks(shown, axis),
        cells=rows,
        notes=tuple(Located(axis.where(some), note) for note, some in notes.items()),
        isolations=tuple(
            IsolationView(axis.where(some), isolation) for isolation, some in isolations.items()
        ),
        outputs=Bounded.of(
            (Located(axis.where(some), text) for text, some in outputs.items()), detail.outputs
        ),
    )


def _checks(cells: Iterable[CellResult], axis: Axis) -> tuple[CheckView, ...]:
    checks = merged_but_release(
        (
            (result.cell, (check.id, check.status, check.detail))
            for result in cells
            for check in result.checks
        ),
        lambda check, release: (*check[:2], without_release(check[2], release)),
    )
    order = {check_id: place for place, check_id in enumerate(dict.fromkeys(check[0] for check in checks))}
    return tuple(
        CheckView(*check, axis.where(some))
        for check, some in sorted(checks.items(), key=lambda item: order[item[0][0]])
    )


def _own_matrix(plugin: Plugin, rows: Iterable[CellView], pages: PluginPages) -> Matrix:
    """Return a plugin's releases by venue."""
    views = {view.result.id: view for view in rows}
    grid = pages.grid
    return matrix(
        pages.anchors.new("matrix", plugin.id),
        plugin.id,
        "Platform",
        grid.releases,
        (
            MatrixRow(
                grid.name(venue),
                "",
                "",
                "",
                tuple(
                    cell_square(grid.name(venue), release, cell, *_led_to(cell, views))
                    for release, cell in zip(grid.releases, grid.row(plugin.id, venue), strict=True)
                ),
            )
            for venue in grid.venues_of(plugin.id)
        ),
    )


def _led_to(cell: CellResult | None, views: Mapping[str, CellView]) -> tuple[str, str]:
    view = views.get(cell.id) if cell else None
    return (view.anchor, view.detail) if view else ("", "")


def _cell_view(result: CellResult, axis: Axis, anchors: Anchors, causes: Iterable[CauseView]) -> CellView:
    cell = result.cell
    return CellView(
        anchor=anchors.new(cell.plugin, cell.engine.id, cell.platform.id),
        result=result,
        engine=axis.name(cell.engine),
        mark=mark(result.verdict),
        causes=tuple(causes),
        detail=no_judgement(result),
    )


def no_judgement(result: CellResult) -> str:
    """Return why a cell has no judgement; nothing where it has one."""
    match result.verdict:
        case Undetermined(cause, text):
            return f"{cause.value}: {text}"
        case NotApplicable(reason, text):
            return f"{reason.value}: {text}"
        case Compatible() | Incompatible():
            return ""
        case _:
            assert_never(result.verdict)


def _counts(marks: Iterable[Mark]) -> dict[Mark, int]:
    numbers = Counter(marks)
    return {shown: numbers[shown] for shown in VERDICT_MARKS}
