"""Matrices and what was told by running, in Markdown."""

from collections.abc import Iterator, Mapping, Sequence

from plugin_matrix.model import CellResult, Engine, Plugin, Results, Rule
from plugin_matrix.report.causes import (
    Located,
    Undecided,
    not_applicable,
    resting_on_stand_ins,
    root_causes,
    undetermined,
)
from plugin_matrix.report.decision import Changes
from plugin_matrix.report.grid import Grid, Venue, mark_of
from plugin_matrix.report.markdown.findings import findings
from plugin_matrix.report.markdown.text import code, heading, in_table, text
from plugin_matrix.report.marks import VERDICT_MARKS, Mark, plural
from plugin_matrix.report.ranges import Axis, ranges

_COLUMNS = 16
"""Releases that a table of squares may have; more become ranges."""
_ROWS = 200
_REASONS = 10


def matrices(results: Results) -> Iterator[str]:
    """Yield the matrix: of one plugin its releases by platform, of more of them a table for each platform."""
    grid = Grid(results)
    if len(results.plugins) == 1:
        yield "\n".join(_one_plugin(results.plugins[0], grid))
        return
    narrow = len(grid.releases) <= _COLUMNS
    for venue in grid.venues:
        rows = _squares(results, grid, venue) if narrow else _ranges(results, grid, venue)
        yield f"On {code(grid.name(venue))}:"
        yield "\n".join(rows)
    if narrow:
        yield f"<sub>{', '.join(f'{mark.symbol} {mark.word}' for mark in Mark)}</sub>"


def _one_plugin(plugin: Plugin, grid: Grid) -> Iterator[str]:
    venues = grid.venues_of(plugin.id)
    yield _line("vLLM", *(text(grid.name(venue)) for venue in venues))
    yield _line(*("---" for _ in range(len(venues) + 1)))
    stretches = list(grid.stretches([grid.row(plugin.id, venue) for venue in venues]))
    for stretch in stretches[:_ROWS]:
        yield _line(stretch.text, *(f"{mark.symbol} {mark.word}" for mark in stretch.marks))
    if len(stretches) > _ROWS:
        yield _line(f"and {len(stretches) - _ROWS} more", *("" for _ in venues))


def _squares(results: Results, grid: Grid, venue: Venue) -> Iterator[str]:
    yield _line("plugin", *grid.releases)
    yield _line("---", *(":-:" for _ in grid.releases))
    for plugin in results.plugins[:_ROWS]:
        yield _line(code(plugin.id), *(mark_of(cell).symbol for cell in grid.row(plugin.id, venue)))
    yield from _more(results, len(grid.releases))


def _ranges(results: Results, grid: Grid, venue: Venue) -> Iterator[str]:
    engines = tuple(Engine(venue.kind, release) for release in grid.releases)
    yield _line("plugin", *(f"{mark.symbol} {mark.word}" for mark in VERDICT_MARKS))
    yield _line(*("---" for _ in range(len(VERDICT_MARKS) + 1)))
    for plugin in results.plugins[:_ROWS]:
        row = grid.row(plugin.id, venue)
        on = {
            mark: [engine for engine, cell in zip(engines, row, strict=True) if mark_of(cell) is mark]
            for mark in VERDICT_MARKS
        }
        yield _line(code(plugin.id), *(ranges(on[mark], engines) for mark in VERDICT_MARKS))
    yield from _more(results, len(VERDICT_MARKS))


def _more(results: Results, columns: int) -> Iterator[str]:
    more = len(results.plugins) - _ROWS
    if more > 0:
        yield _line(f"and {more} more", *("" for _ in range(columns)))


def _line(*cells: str) -> str:
    return f"| {' | '.join(map(in_table, cells))} |"


def cells_section(
    plugin: Plugin,
    cells: Sequence[CellResult],
    axis: Axis,
    rules: Mapping[str, Rule],
    changes: Changes,
) -> Iterator[str]:
    """Yield the section of one plugin: what was found, what could not be told, what is not applicable."""
    yield heading(plugin)
    yield from findings(root_causes(plugin, cells, axis, changes), rules)
    yield from _resting(resting_on_stand_ins(cells, axis))
    yield from _undecided(Mark.UNDETERMINED, undetermined(cells, axis))
    yield from _undecided(Mark.NOT_APPLICABLE, not_applicable(cells, axis))
    if not any(cell.findings for cell in cells):
        yield "Nothing was found."


def _resting(rows: Sequence[Located]) -> Iterator[str]:
    if rows:
        lines = ["**Verdicts that rest on stand-ins for absent modules**", ""]
        yield "\n".join((*lines, *(f"- {text(f'{row.where}: {row.text}')}" for row in rows)))


def _undecided(mark: Mark, rows: Sequence[Undecided]) -> Iterator[str]:
    if not rows:
        return
    lines = [f"**{mark.symbol} {mark.word}**", ""]
    lines += (f"- {text(row.kind)}: {text(row.detail)} {text(f'[{row.where}]')}" for row in rows[:_REASONS])
    if len(rows) > _REASONS:
        lines.append(f"- and {plural(len(rows) - _REASONS, 'more reason')}")
    yield "\n".join(lines)
