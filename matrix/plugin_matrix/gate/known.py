"""Known problems: findings that the project accepts for now stay in the results, marked."""

import datetime as dt
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

import msgspec
from packaging.version import Version

from plugin_matrix.config.model import KnownProblem
from plugin_matrix.config.reading import until_of
from plugin_matrix.model import CellResult, Finding, Results, StaleProblem, StaleReason, SurfaceFinding
from plugin_matrix.model.surface import SurfaceResult
from plugin_matrix.model.verdict import findings_of, with_findings

_READ_ONLY = range(105, 600)
"""Numbers of the rules that are told from source alone."""
_EITHER = range(101, 105)
"""Numbers of those that are told from source and by running."""


class Marked(msgspec.Struct, frozen=True):
    """Results with their known problems marked, and the known problems that have become wrong."""

    results: Results
    stale: tuple[StaleProblem, ...]


class _Problem:
    """One known problem, and whether anything was it."""

    def __init__(self, stated: KnownProblem, today: dt.date) -> None:
        self.stated = stated
        until = until_of(stated.until) if stated.until else None
        self.release = until if isinstance(until, Version) else None
        self.over = isinstance(until, dt.date) and until <= today
        self.used = False

    def matches(self, finding: Finding, release: str) -> bool:
        """Tell whether `finding` is this problem on `release`, and note it."""
        if self.over or finding.rule != self.stated.rule:
            return False
        if self.release is not None and Version(release) >= self.release:
            return False
        symbol = self.stated.symbol
        found = fnmatchcase(finding.subject, symbol) if self.stated.is_pattern else finding.subject == symbol
        self.used |= found
        return found

    @property
    def why(self) -> str:
        """The reason, and when it ends."""
        until = f"until {self.stated.until}" if self.stated.until else ""
        return "; ".join(part for part in (self.stated.reason.strip(), until) if part)


def mark_known(results: Results, stated: Sequence[KnownProblem], today: dt.date) -> Marked:
    """Return `results` with each finding that is a known problem marked, whatever was marked before.

    A problem whose day has come marks nothing; one with a release marks only what stands before it. A
    finding of source that is known on some of its releases only becomes two.
    """
    problems = [_Problem(one, today) for one in stated]
    cells = tuple(_cell(cell, problems) for cell in results.cells)
    surface = tuple(_surface(result, problems) for result in results.surface)
    marked = msgspec.structs.replace(results, cells=cells, surface=surface)
    releases = [Version(cell.cell.engine.release) for cell in results.cells]
    releases += [Version(release) for result in results.surface for release in result.releases]
    return Marked(marked, tuple(_stale(problems, results, releases)))


def _stale(
    problems: Iterable[_Problem], results: Results, releases: Sequence[Version]
) -> Iterable[StaleProblem]:
    for problem in problems:
        past = problem.release is not None and all(release >= problem.release for release in releases)
        if problem.over or (past and releases):
            reason = StaleReason.EXPIRED
        elif not problem.used and results.complete and _looked_for(problem.stated.rule, results):
            reason = StaleReason.UNUSED
        else:
            continue
        stated = problem.stated
        yield StaleProblem(rule=stated.rule, symbol=stated.symbol, until=stated.until, reason=reason)


def _looked_for(rule: str, results: Results) -> bool:
    number = int(rule.removeprefix("PM"))
    if number in _EITHER:
        return bool(results.cells or results.surface)
    return bool(results.surface if number in _READ_ONLY else results.cells)


def _cell(result: CellResult, problems: Sequence[_Problem]) -> CellResult:
    release = result.cell.engine.release

    def marked(finding: Finding) -> Finding:
        return msgspec.structs.replace(finding, known=_known(finding, release, problems))

    verdict = with_findings(result.verdict, tuple(map(marked, findings_of(result.verdict))))
    again = result.again
    if again is not None:
        again = with_findings(again, tuple(map(marked, findings_of(again))))
    return msgspec.structs.replace(result, verdict=verdict, again=again)


def _surface(result: SurfaceResult, problems: Sequence[_Problem]) -> SurfaceResult:
    findings = tuple(part for one in result.findings for part in _parts(one, result, problems))
    return msgspec.structs.replace(result, findings=findings)


def _parts(
    finding: SurfaceFinding, result: SurfaceResult, problems: Sequence[_Problem]
) -> Iterable[SurfaceFinding]:
    on: dict[str | None, list[str]] = {}
    # Without problems it is the same on all.
    for release in finding.broken if problems else finding.broken[:1]:
        on.setdefault(_known(finding, release, problems), []).append(release)
    if len(on) == 1:
        yield msgspec.structs.replace(finding, known=next(iter(on)))
        return
    declared = set(result.declared_releases)
    for known, broken in on.items():
        yield msgspec.structs.replace(
            finding,
            known=known,
            broken=tuple(broken),
            since=finding.since if finding.since in broken else None,
            declared=not declared.isdisjoint(broken),
        )


def _known(finding: Finding, release: str, problems: Sequence[_Problem]) -> str | None:
    if isinstance(finding, SurfaceFinding) and finding.refuted and finding.witness is not None:
        return finding.witness.text
    # All are asked, so that none counts as unused only because another matched first.
    matching = [problem for problem in problems if problem.matches(finding, release)]
    return matching[0].why if matching else None
