"""Matrices of the page: releases across; down, plugins at one venue, or the venues of one plugin."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from plugin_matrix.model import CellResult, Level, SurfaceResult
from plugin_matrix.report.causes import on_stand_ins
from plugin_matrix.report.grid import mark_of
from plugin_matrix.report.marks import Mark, plural
from plugin_matrix.report.surface.view import SurfaceView

FROM_SOURCE = "from source"
"""Names the venue where nothing ran."""
SOURCE_WORDS = {
    Mark.COMPATIBLE: "verified",
    Mark.INCOMPATIBLE: "breaks",
    Mark.UNDETERMINED: "not read",
    Mark.NOT_RUN: "not judged",
}
"""What marks mean there."""


class Square(NamedTuple):
    """One square."""

    mark: Mark
    word: str
    """What it says; of source `verified`, not `compatible`."""
    title: str = ""
    anchor: str = ""
    """Of what it leads to; empty where it leads nowhere."""
    number: int = 0
    """Errors where something breaks, otherwise warnings and advice."""
    stand_ins: str = ""
    """What the verdict rests on besides the plugin and the engine."""
    outside: bool = False
    """The plugin does not declare the release."""


class MatrixRow(NamedTuple):
    """One row."""

    name: str
    version: str
    anchor: str
    marks: str
    """What the row is filtered by: the slugs of its plugin's marks."""
    squares: tuple[Square, ...]


class Matrix(NamedTuple):
    """A table; `feet` are numbers of squares by mark for each column, `counts` their sums."""

    anchor: str
    venue: str
    corner: str
    columns: tuple[str, ...]
    rows: tuple[MatrixRow, ...]
    feet: Mapping[Mark, tuple[int, ...]]

    @property
    def counts(self) -> Mapping[Mark, int]:
        """Number of squares behind each mark."""
        return {mark: sum(numbers) for mark, numbers in self.feet.items()}

    def word(self, mark: Mark) -> str:
        """Return what a mark means here: nothing was found is not the same as it works."""
        return SOURCE_WORDS.get(mark, mark.word) if self.from_source else mark.word

    @property
    def from_source(self) -> bool:
        """Whether nothing ran for it."""
        return self.venue == FROM_SOURCE


def matrix(anchor: str, venue: str, corner: str, columns: Sequence[str], rows: Iterable[MatrixRow]) -> Matrix:
    """Return a table and its sums."""
    every = tuple(rows)
    feet = {mark: [0] * len(columns) for mark in Mark}
    for row in every:
        for place, square in enumerate(row.squares):
            feet[square.mark][place] += 1
    return Matrix(
        anchor, venue, corner, tuple(columns), every, {mark: tuple(numbers) for mark, numbers in feet.items()}
    )


def cell_square(plugin: str, release: str, cell: CellResult | None, anchor: str, detail: str = "") -> Square:
    """Return the square of a cell, or of one that was not run."""
    shown = mark_of(cell)
    title = f"{plugin} on {release}: {shown.word}"
    if cell is None:
        return Square(shown, shown.word, title)
    rules = dict.fromkeys(finding.rule for finding in cell.findings)
    if rules:
        title += f", {', '.join(rules)}"
    rests = on_stand_ins(cell.stand_ins)
    title = ". ".join(part for part in (title, rests, detail) if part)
    errors = sum(finding.level is Level.ERROR for finding in cell.findings)
    number = errors if shown is Mark.INCOMPATIBLE else len(cell.findings)
    return Square(shown, shown.word, title, anchor, number, rests, bool(cell.beyond_declared))


def source_squares(view: SurfaceView, releases: Sequence[str]) -> tuple[Square, ...]:
    """Return the squares of a plugin that was held against sources, for each of `releases`."""
    return tuple(_source_square(view, view.result, release) for release in releases)


def _source_square(view: SurfaceView, result: SurfaceResult, release: str) -> Square:
    shown, text, number = _source_answer(view, release)
    outside = release not in view.declared_set
    title = f"{result.plugin.id} on {release}: {text}{', not declared' if outside else ''}"
    return Square(shown, SOURCE_WORDS[shown], title, number=number, outside=outside)


def _source_answer(view: SurfaceView, release: str) -> tuple[Mark, str, int]:
    if release not in view.errors_on:
        return Mark.NOT_RUN, "not judged, for it reads none of its entry points", 0
    if view.unread:
        return Mark.UNDETERMINED, "none of the source could be read", 0
    errors, warnings = view.errors_on[release], view.warnings_on[release]
    told = f"{plural(errors, 'error')}, {plural(warnings, 'warning')}"
    if release in view.verified_set:
        return Mark.COMPATIBLE, told, warnings
    return Mark.INCOMPATIBLE, told, errors
