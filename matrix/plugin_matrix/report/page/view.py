"""The page as a whole."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from plugin_matrix.model import CellResult, Plugin, Results, Rule, Totals
from plugin_matrix.model.decision import SOURCE
from plugin_matrix.model.version_set import release_axis
from plugin_matrix.report.anchors import Anchors, RuleView
from plugin_matrix.report.causes import by_plugin
from plugin_matrix.report.decision import Changes, ChangeView, DecisionView, decision_view
from plugin_matrix.report.grid import Grid, Venue
from plugin_matrix.report.marks import Mark, counts, plural
from plugin_matrix.report.page.causes import ChangeAnchors, anchor_of, note_anchors
from plugin_matrix.report.page.detail import DETAILS, Detail
from plugin_matrix.report.page.matrix import (
    FROM_SOURCE,
    Matrix,
    MatrixRow,
    cell_square,
    matrix,
    source_squares,
)
from plugin_matrix.report.page.plugin import PluginPages, PluginView, plugin_view
from plugin_matrix.report.page.source import source_part
from plugin_matrix.report.ranges import Axis

_SHOWN_CHANGES = 100


class Page(NamedTuple):
    """Everything on the page."""

    results: Results
    detail: Detail
    decision: DecisionView | None
    anchors: ChangeAnchors
    axis: Axis
    matrices: tuple[Matrix, ...]
    totals: tuple[tuple[str, Mapping[Mark, int]], ...]
    """Cells behind each mark, by venue."""
    plugins: tuple[PluginView, ...]
    rules: tuple[RuleView, ...]

    @property
    def has_cells(self) -> bool:
        """Whether the page is about cells; what `check` finds needs none."""
        return bool(self.results.cells) or not self.results.surface

    @property
    def counts(self) -> Mapping[Mark, int]:
        """Number of cells behind each mark."""
        return counts(self.results.totals)

    @property
    def has_source(self) -> bool:
        """Whether something of it was told from source."""
        return bool(self.results.surface)

    @property
    def compared(self) -> bool:
        """Whether there was a baseline to hold the results against."""
        return Changes(self.results.decision).compared

    @property
    def tiers(self) -> tuple[str, ...]:
        """What verdicts of cells rest on."""
        return tuple(sorted({tier.value for cell in self.results.cells for tier in cell.tiers}))

    @property
    def filters(self) -> tuple[str, ...]:
        """What plugins can be filtered by, besides the verdicts."""
        every = {slug for plugin in self.plugins for slug in plugin.marks.split()}
        return tuple(slug for slug in ("new", "flaky", "known") if slug in every)

    def anchor_of(self, view: ChangeView) -> str:
        """Return where the finding of a change stands on the page."""
        return anchor_of(view.change, self.anchors, source=view.change.where == SOURCE)


def page(results: Results, rules: Mapping[str, Rule], detail: Detail = DETAILS[0]) -> Page:
    """Work out the page; `rules` is the catalogue."""
    axis, grid, anchors, changes = (
        Axis(results, dash="\N{EN DASH}"),
        Grid(results),
        Anchors(),
        Changes(results.decision),
    )
    found = [result.findings for result in results.cells]
    found += [result.findings for result in results.surface]
    broken = sorted({finding.rule for findings in found for finding in findings})
    rule_views = {rule: RuleView(rule, anchors.new("rule", rule), rules.get(rule)) for rule in broken}
    cells = by_plugin(results)
    pages = PluginPages(axis, grid, anchors, rule_views, changes, detail)
    checked = {result.plugin.id: result for result in results.surface}
    views: list[PluginView] = []
    change_anchors: ChangeAnchors = {}
    for plugin in _every_plugin(results):
        anchor = anchors.new(plugin.id)
        result = checked.get(plugin.id)
        source = source_part(result, anchors, rule_views, changes, detail) if result else None
        view = plugin_view(plugin, cells.get(plugin.id, []), source, anchor, pages)
        for part in (view.source, view.run):
            if part is not None:
                note_anchors(plugin.id, part.causes, change_anchors)
        views.append(view)
    return Page(
        results=results,
        detail=detail,
        decision=decision_view(results.decision, _SHOWN_CHANGES) if results.decision else None,
        anchors=change_anchors,
        axis=axis,
        matrices=tuple(_matrices(results, views, grid, anchors)),
        totals=tuple((grid.name(venue), _venue_counts(results.cells, venue)) for venue in grid.venues),
        plugins=tuple(views),
        rules=tuple(rule_views.values()),
    )


def _every_plugin(results: Results) -> list[Plugin]:
    every = {plugin.id: plugin for plugin in (*results.plugins, *(one.plugin for one in results.surface))}
    return sorted(every.values(), key=lambda plugin: (plugin.name.casefold(), plugin.id))


def _venue_counts(cells: Sequence[CellResult], venue: Venue) -> Mapping[Mark, int]:
    return counts(
        Totals.of(
            cell
            for cell in cells
            if (cell.cell.engine.kind, cell.cell.platform) == (venue.kind, venue.platform)
        )
    )


def _matrices(
    results: Results, views: Sequence[PluginView], grid: Grid, anchors: Anchors
) -> Iterator[Matrix]:
    """Yield a matrix of plugins for each venue; of one plugin its venues are one matrix."""
    ran = [view for view in views if view.run is not None]
    if len(ran) == 1 and ran[0].run is not None and ran[0].run.matrix is not None:
        yield ran[0].run.matrix
        ran = []
    for venue in grid.venues if ran and (results.cells or not results.surface) else ():
        yield matrix(
            anchors.new("matrix", grid.name(venue)),
            grid.name(venue),
            "Plugin",
            grid.releases,
            (_row(view, venue, grid) for view in ran),
        )
    checked = [view.source for view in views if view.source is not None]
    if len(checked) > 1:
        releases = release_axis(release for part in checked for release in part.result.releases).releases
        yield matrix(
            anchors.new("matrix", FROM_SOURCE),
            FROM_SOURCE,
            "Plugin",
            releases,
            (
                MatrixRow(
                    view.plugin.name,
                    view.plugin.version,
                    view.anchor,
                    view.marks,
                    source_squares(view.source.view, releases),
                )
                for view in views
                if view.source is not None
            ),
        )


def _row(view: PluginView, venue: Venue, grid: Grid) -> MatrixRow:
    leads = {cell.result.id: cell for cell in view.run.cells} if view.run else {}
    squares = []
    for release, cell in zip(grid.releases, grid.row(view.plugin.id, venue), strict=True):
        lead = leads.get(cell.id) if cell else None
        squares.append(
            cell_square(
                view.plugin.id, release, cell, lead.anchor if lead else "", lead.detail if lead else ""
            )
        )
    return MatrixRow(view.plugin.name, view.plugin.version, view.anchor, view.marks, tuple(squares))


def size(results: Results) -> str:
    """Return the run's size in words: `3 plugins, 13 engines, 1 platform, 39 cells`."""
    plugins = plural(len(results.plugins), "plugin")
    if results.surface and not results.cells:
        releases = {release for result in results.surface for release in result.releases}
        return f"{plugins}, {plural(len(releases), 'release')} of vLLM"
    return ", ".join(
        (
            plugins,
            plural(len(results.engines), "engine"),
            plural(len(results.platforms), "platform"),
            plural(results.totals.cells, "cell"),
        )
    )
