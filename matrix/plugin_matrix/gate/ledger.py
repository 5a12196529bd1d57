"""What stands where: findings of an edition of a plugin on each engine, of results and of baselines alike."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from plugin_matrix.gate.surface import CONTRADICTORY, counted, unread
from plugin_matrix.model import (
    CellResult,
    Compatible,
    Finding,
    Incompatible,
    Level,
    NotApplicable,
    Results,
    SurfaceResult,
    Undetermined,
    Verdict,
)
from plugin_matrix.model.decision import SOURCE
from plugin_matrix.model.verdict import findings_of


class Place(NamedTuple):
    """An engine, and how the plugin was judged on it."""

    where: str
    """`SOURCE`, or kind of engine and platform: `reference|cpu-py311`."""
    engine: str
    """Release."""

    @property
    def age(self) -> Version:
        """The engine as a comparable version."""
        return Version(self.engine)


class Trouble(msgspec.Struct, frozen=True):
    """One fingerprint at one place, at its worst level there."""

    rule: str
    subject: str
    level: Level
    known: str | None = None
    counts: bool = True


class Square(msgspec.Struct, frozen=True):
    """One place of one edition."""

    decided: bool
    """False where it could not be told; what was found before that stands all the same."""
    found: Mapping[str, Trouble]
    """By fingerprint."""
    flaky: frozenset[str] = frozenset()
    """Fingerprints that one of two identical runs had."""


class Edition(msgspec.Struct, frozen=True):
    """One version of a plugin with all that is known of it."""

    name: str
    version: str
    digests: Mapping[str, str]
    """SHA-256 of what was judged, by `where`: what is run is a wheel, what is read may be a directory."""
    squares: Mapping[Place, Square]

    @property
    def id(self) -> str:
        """`name==version`."""
        return f"{self.name}=={self.version}"

    @property
    def key(self) -> str:
        """The distribution's name in the spelling that all spellings of it have in common."""
        return canonicalize_name(self.name)

    @property
    def age(self) -> tuple[bool, Version]:
        """What editions are ordered by; one whose version is none comes first."""
        try:
            return True, Version(self.version)
        except InvalidVersion:
            return False, Version("0")

    @property
    def findings(self) -> int:
        """Number of findings, each place counted."""
        return sum(len(square.found) for square in self.squares.values())

    def places(self, where: str) -> list[Place]:
        """Return the places there, oldest engine first."""
        return sorted((place for place in self.squares if place.where == where), key=lambda place: place.age)

    def is_same(self, other: "Edition", where: str) -> bool:
        """Tell whether both are the same bytes."""
        return self.digests.get(where, "") == other.digests.get(where, "") != ""


def editions_of(results: Results) -> tuple[Edition, ...]:
    """Return what stands where in `results`."""
    squares: defaultdict[tuple[str, str], dict[Place, Square]] = defaultdict(dict)
    digests: defaultdict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    by_id = {plugin.id: plugin for plugin in results.plugins}
    for cell in results.cells:
        plugin = by_id[cell.cell.plugin]
        place = place_of(cell)
        squares[plugin.name, plugin.version][place] = square_of_cell(cell, plugin.name)
        digests[plugin.name, plugin.version][place.where] = plugin.sha256
    for result in results.surface:
        plugin = result.plugin
        found = _squares_of_surface(result, counted(result, asked_for=results.asked_for))
        squares[plugin.name, plugin.version].update(found)
        digests[plugin.name, plugin.version][SOURCE] = plugin.sha256
    return tuple(
        Edition(name, version, digests[name, version], found) for (name, version), found in squares.items()
    )


def place_of(cell: CellResult) -> Place:
    """Return where a cell stands."""
    engine = cell.cell.engine
    return Place(f"{engine.kind.value}|{cell.cell.platform.id}", engine.release)


def square_of_cell(result: CellResult, name: str) -> Square:
    """Return what stands in a cell of the plugin `name`."""
    found = _troubles(name, findings_of(result.verdict))
    flaky: frozenset[str] = frozenset()
    if result.again is not None and _decided(result.verdict) and _decided(result.again):
        second = _troubles(name, findings_of(result.again))
        flaky = frozenset(found.keys() ^ second.keys())
        found = second | found
    return Square(_decided(result.verdict), found, flaky)


def _squares_of_surface(result: SurfaceResult, counting: frozenset[str]) -> dict[Place, Square]:
    on: dict[str, dict[str, Trouble]] = {release: {} for release in result.releases}
    for finding in result.findings:
        # Worked out once for each finding: there may be thousands, on dozens of releases.
        print_ = finding.fingerprint(result.plugin.name)
        trouble = Trouble(finding.rule, finding.subject, finding.level, finding.known)
        elsewhere = msgspec.structs.replace(trouble, counts=False)
        always = finding.rule == CONTRADICTORY
        for release in finding.broken:
            _lay(on[release], print_, trouble if always or release in counting else elsewhere)
    read = not unread(result)
    return {Place(SOURCE, release): Square(read, found) for release, found in on.items()}


def _troubles(name: str, findings: Iterable[Finding]) -> dict[str, Trouble]:
    found: dict[str, Trouble] = {}
    for finding in findings:
        trouble = Trouble(finding.rule, finding.subject, finding.level, finding.known)
        _lay(found, finding.fingerprint(name), trouble)
    return found


def _lay(found: dict[str, Trouble], print_: str, trouble: Trouble) -> None:
    """Put `trouble` where nothing as bad lies; one that is not accepted goes before one that is."""
    before = found.get(print_)
    unaccepted = before is not None and before.level is trouble.level and trouble.known is None
    if before is None or unaccepted or not before.level.reaches(trouble.level):
        found[print_] = trouble


def _decided(verdict: Verdict) -> bool:
    match verdict:
        case Compatible() | Incompatible() | NotApplicable():
            return True
        case Undetermined():
            return False
