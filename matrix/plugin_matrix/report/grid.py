"""The matrix itself: releases across, and down it plugins at one venue or the venues of one plugin."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from plugin_matrix.model import CellResult, EngineKind, Platform, Results
from plugin_matrix.model.version_set import release_axis
from plugin_matrix.report.marks import Mark, mark

Row = tuple[CellResult | None, ...]
"""A cell for each release of the grid; None where none was run."""


class Venue(NamedTuple):
    """Where cells ran: a kind of engine on a platform. A release may stand at several."""

    kind: EngineKind
    platform: Platform


class Stretch(NamedTuple):
    """Neighbouring releases that fare alike at every venue."""

    first: str
    last: str
    marks: tuple[Mark, ...]

    @property
    def text(self) -> str:
        """The releases as a range."""
        return self.first if self.first == self.last else f"{self.first}-{self.last}"


class Grid:
    """The cells of some results by plugin, venue and release."""

    def __init__(self, results: Results) -> None:
        self.releases = release_axis(engine.release for engine in results.engines).releases
        self._places = {release: place for place, release in enumerate(self.releases)}
        kinds = sorted({engine.kind for engine in results.engines})
        self._several_kinds = len(kinds) > 1
        used = {(cell.cell.engine.kind, cell.cell.platform) for cell in results.cells}
        self.venues = tuple(
            Venue(kind, platform)
            for platform in results.platforms
            for kind in kinds
            if (kind, platform) in used or not used
        )
        self._rows: defaultdict[tuple[str, Venue], dict[int, CellResult]] = defaultdict(dict)
        for cell in results.cells:
            engine = cell.cell.engine
            venue = Venue(engine.kind, cell.cell.platform)
            self._rows[cell.cell.plugin, venue][self._places[engine.release]] = cell

    def name(self, venue: Venue) -> str:
        """Return the shortest name of a venue among these: its platform where all engines are of one kind."""
        return f"{venue.kind.value} {venue.platform.id}" if self._several_kinds else venue.platform.id

    def row(self, plugin: str, venue: Venue) -> Row:
        """Return the cells of a plugin (`name==version`) at a venue, oldest release first."""
        found = self._rows.get((plugin, venue), {})
        return tuple(found.get(place) for place in range(len(self.releases)))

    def venues_of(self, plugin: str) -> tuple[Venue, ...]:
        """Return the venues at which a plugin has cells."""
        return tuple(venue for venue in self.venues if (plugin, venue) in self._rows)

    def stretches(self, rows: Sequence[Row]) -> Iterator[Stretch]:
        """Yield the releases of `rows` as few stretches, oldest first; those nowhere run are left out."""
        current: Stretch | None = None
        for place, release in enumerate(self.releases):
            marks = tuple(mark_of(row[place]) for row in rows)
            if current is not None and current.marks == marks:
                current = current._replace(last=release)
                continue
            if current is not None and set(current.marks) != {Mark.NOT_RUN}:
                yield current
            current = Stretch(release, release, marks)
        if current is not None and set(current.marks) != {Mark.NOT_RUN}:
            yield current


def mark_of(cell: CellResult | None) -> Mark:
    """Return what a square of the matrix shows."""
    return Mark.NOT_RUN if cell is None else mark(cell.verdict)
