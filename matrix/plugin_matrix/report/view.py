"""What the HTML page shows, worked out before any markup is written.

The page must open fast whatever the run was, so texts and lists are bounded here; what is left
out is counted, and `results.json` has it all.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple, assert_never

from plugin_matrix.model import (
    CellResult,
    CheckStatus,
    Compatible,
    Engine,
    Incompatible,
    Isolation,
    Level,
    NotApplicable,
    Platform,
    Plugin,
    Results,
    Rule,
    Undetermined,
)
from plugin_matrix.report.anchors import Anchors, Bounded, RuleView
from plugin_matrix.report.causes import (
    RootCause,
    Undecided,
    by_plugin,
    not_applicable,
    on_stand_ins,
    root_causes,
    undetermined,
)
from plugin_matrix.report.marks import VERDICT_MARKS, Mark, counts, mark, plural
from plugin_matrix.report.merging import merged, merged_but_release, without_release
from plugin_matrix.report.ranges import Axis
from plugin_matrix.report.surface.page import SurfacePart, surface_part
from plugin_matrix.report.visible import last_part

SHOWN_CAUSES = 100
"""Root causes of one plugin."""
SHOWN_OUTPUTS = 8
OUTPUT_CHARACTERS = 1_500
"""Of each output shown; so one plugin's outputs take at most 12 kB."""


class CauseView(NamedTuple):
    """A root cause with its anchor and its rule's."""

    anchor: str
    rule_anchor: str
    rule_name: str
    cause: RootCause


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


class OutputView(NamedTuple):
    """Output that some cells of a plugin share."""

    where: str
    text: str


class NoteView(NamedTuple):
    """What was amiss with some cells of a plugin and decided nothing."""

    where: str
    text: str


class IsolationView(NamedTuple):
    """How some cells of a plugin were locked in."""

    where: str
    isolation: Isolation


class PluginView(NamedTuple):
    """One plugin's part of the page."""

    anchor: str
    plugin: Plugin
    counts: Mapping[Mark, int]
    causes: Bounded[CauseView]
    undetermined: tuple[Undecided, ...]
    not_applicable: tuple[Undecided, ...]
    checks: tuple[CheckView, ...]
    cells: tuple[CellView, ...]
    notes: tuple[NoteView, ...]
    isolations: tuple[IsolationView, ...]
    outputs: Bounded[OutputView]

    @property
    def search(self) -> str:
        """What a reader may look for besides the name: entry points and rules."""
        rules = (f"{view.cause.rule} {view.rule_name}" for view in self.causes.shown)
        return " ".join((*(entry.id for entry in self.plugin.entry_points), *dict.fromkeys(rules)))


class Square(NamedTuple):
    """One square of a matrix."""

    mark: Mark
    anchor: str
    """Of the cell's row; empty where the cell was not run."""
    number: int
    """Errors of an incompatible cell, otherwise warnings and advice."""
    title: str
    stand_ins: str = ""
    """What the verdict rests on besides the plugin and the engine."""


class Matrix(NamedTuple):
    """Plugins x engines on one platform."""

    anchor: str
    platform: Platform
    rows: tuple[tuple[PluginView, tuple[Square, ...]], ...]
    columns: Mapping[Mark, tuple[int, ...]]
    """Number of cells behind each mark, for each engine."""
    counts: Mapping[Mark, int]


class Page(NamedTuple):
    """Everything on the page."""

    results: Results
    axis: Axis
    matrices: tuple[Matrix, ...]
    plugins: tuple[PluginView, ...]
    rules: tuple[RuleView, ...]
    surface: tuple[SurfacePart, ...]

    @property
    def has_cells(self) -> bool:
        """Whether the page is about cells; what `check` finds needs none."""
        return bool(self.results.cells) or not self.surface

    @property
    def counts(self) -> Mapping[Mark, int]:
        """Number of cells behind each mark."""
        return counts(self.results.totals)


def page(results: Results, rules: Mapping[str, Rule]) -> Page:
    """Work out the page; `rules` is the catalogue."""
    axis = Axis(results, dash="\N{EN DASH}")
    anchors = Anchors()
    found = [result.findings for result in results.cells]
    found += [result.findings for result in results.surface]
    broken = sorted({finding.rule for findings in found for finding in findings})
    rule_views = {rule: RuleView(rule, anchors.new("rule", rule), rules.get(rule)) for rule in broken}
    matrix_anchors = [anchors.new("matrix", platform.id) for platform in results.platforms]
    cells = by_plugin(results)
    plugins = tuple(
        _plugin_view(plugin, cells[plugin.id], axis, anchors, rule_views)
        for plugin in sorted(results.plugins, key=lambda plugin: (plugin.name.casefold(), plugin.id))
    )
    matrices = tuple(
        _matrix(platform, anchor, plugins, axis)
        for platform, anchor in zip(results.platforms, matrix_anchors, strict=True)
    )
    surface = tuple(surface_part(result, anchors, rule_views) for result in results.surface)
    return Page(results, axis, matrices, plugins, tuple(rule_views.values()), surface)


def _plugin_view(
    plugin: Plugin,
    cells: list[CellResult],
    axis: Axis,
    anchors: Anchors,
    rules: Mapping[str, RuleView],
) -> PluginView:
    anchor = anchors.new(plugin.id)
    causes = Bounded.of(
        (
            _cause_view(cause, anchors.new(plugin.id, cause.rule), rules[cause.rule])
            for cause in root_causes(plugin, cells, axis)
        ),
        SHOWN_CAUSES,
    )
    causes_of: dict[str, list[CauseView]] = defaultdict(list)
    for view in causes.shown:
        for cell in view.cause.cells:
            causes_of[cell.id].append(view)
    checks = merged_but_release(
        (
            (result.cell, (check.id, check.status, check.detail))
            for result in cells
            for check in result.checks
        ),
        lambda check, release: (*check[:2], without_release(check[2], release)),
    )
    order = {check_id: place for place, check_id in enumerate(dict.fromkeys(check[0] for check in checks))}
    notes = merged_but_release(
        ((result.cell, note) for result in cells for note in result.notes), without_release
    )
    isolations = merged((result.cell, result.isolation) for result in cells if result.isolation)
    telling_first = sorted(cells, key=lambda result: isinstance(result.verdict, Compatible))
    outputs = merged(
        (result.cell, last_part(result.output.rstrip(), OUTPUT_CHARACTERS))
        for result in telling_first
        if result.output.strip()
    )
    return PluginView(
        anchor=anchor,
        plugin=plugin,
        counts=_counts(mark(result.verdict) for result in cells),
        causes=causes,
        undetermined=undetermined(cells, axis),
        not_applicable=not_applicable(cells, axis),
        checks=tuple(
            CheckView(*check, axis.where(some))
            for check, some in sorted(checks.items(), key=lambda item: order[item[0][0]])
        ),
        cells=tuple(_cell_view(result, axis, anchors, causes_of[result.id]) for result in cells),
        notes=tuple(NoteView(axis.where(some), note) for note, some in notes.items()),
        isolations=tuple(
            IsolationView(axis.where(some), isolation) for isolation, some in isolations.items()
        ),
        outputs=Bounded.of(
            (OutputView(axis.where(some), text) for text, some in outputs.items()), SHOWN_OUTPUTS
        ),
    )


def _cause_view(cause: RootCause, anchor: str, rule: RuleView) -> CauseView:
    return CauseView(anchor, rule.anchor, rule.rule.name if rule.rule else "", cause)


def _cell_view(result: CellResult, axis: Axis, anchors: Anchors, causes: Iterable[CauseView]) -> CellView:
    cell = result.cell
    match result.verdict:
        case Undetermined(cause, text):
            detail = f"{cause.value}: {text}"
        case NotApplicable(reason, text):
            detail = f"{reason.value}: {text}"
        case Compatible() | Incompatible():
            detail = ""
        case _:
            assert_never(result.verdict)
    return CellView(
        anchor=anchors.new(cell.plugin, cell.engine.id, cell.platform.id),
        result=result,
        engine=axis.name(cell.engine),
        mark=mark(result.verdict),
        causes=tuple(causes),
        detail=detail,
    )


def _matrix(platform: Platform, anchor: str, plugins: Iterable[PluginView], axis: Axis) -> Matrix:
    rows = tuple((plugin, _row(platform, plugin, axis)) for plugin in plugins)
    columns = {
        shown: tuple(
            sum(squares[place].mark is shown for _, squares in rows) for place in range(len(axis.engines))
        )
        for shown in Mark
    }
    return Matrix(
        anchor, platform, rows, columns, {shown: sum(numbers) for shown, numbers in columns.items()}
    )


def _row(platform: Platform, plugin: PluginView, axis: Axis) -> tuple[Square, ...]:
    here: dict[Engine, CellView] = {
        view.result.cell.engine: view for view in plugin.cells if view.result.cell.platform == platform
    }
    return tuple(_square(plugin.plugin.id, axis.name(engine), here.get(engine)) for engine in axis.engines)


def _square(plugin: str, engine: str, view: CellView | None) -> Square:
    if view is None:
        return Square(Mark.NOT_RUN, "", 0, f"{plugin} on {engine}: {Mark.NOT_RUN.word}")
    errors = sum(finding.level is Level.ERROR for finding in view.result.findings)
    number = errors if view.mark is Mark.INCOMPATIBLE else len(view.result.findings)
    title = f"{plugin} on {engine}: {view.mark.word}"
    if view.causes:
        title += f", {', '.join(dict.fromkeys(cause.cause.rule for cause in view.causes))}"
    rests = on_stand_ins(view.result.stand_ins)
    title = ". ".join(part for part in (title, rests, view.detail) if part)
    return Square(view.mark, view.anchor, number, title, rests)


def _counts(marks: Iterable[Mark]) -> dict[Mark, int]:
    numbers = Counter(marks)
    return {shown: numbers[shown] for shown in VERDICT_MARKS}


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
