"""Results as the project wants them: rules left out, and levels other than the catalogue's."""

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from plugin_matrix.model import CellResult, Finding, Level, Results, SurfaceResult, Totals
from plugin_matrix.model.verdict import findings_of, with_findings

_Finding = TypeVar("_Finding", bound=Finding)


class Tailoring(msgspec.Struct, frozen=True, kw_only=True):
    """Which rules are told, and how bad their findings are."""

    select: tuple[str, ...] = ("PM",)
    ignore: tuple[str, ...] = ()
    levels: Mapping[str, Level] = {}

    def tells(self, rule: str) -> bool:
        """Tell whether findings of `rule` are told: the longest prefix decides, of equal ones `ignore`'s."""
        return _longest(self.select, rule) > _longest(self.ignore, rule)

    def of(self, findings: tuple[_Finding, ...]) -> tuple[_Finding, ...]:
        """Return the findings that are told, at their level."""
        return tuple(
            msgspec.structs.replace(one, level=self.levels.get(one.rule, one.level))
            for one in findings
            if self.tells(one.rule)
        )


def tailored(results: Results, tailoring: Tailoring) -> Results:
    """Return `results` with every verdict, total and range that rests on findings made anew."""
    if tailoring == Tailoring():
        return results
    cells = tuple(_cell(cell, tailoring) for cell in results.cells)
    surface = tuple(_surface(result, tailoring) for result in results.surface)
    return msgspec.structs.replace(results, cells=cells, totals=Totals.of(cells), surface=surface)


def _longest(prefixes: tuple[str, ...], rule: str) -> int:
    return max((len(prefix) for prefix in prefixes if rule.startswith(prefix)), default=0)


def _cell(cell: CellResult, tailoring: Tailoring) -> CellResult:
    again = cell.again
    return msgspec.structs.replace(
        cell,
        verdict=with_findings(cell.verdict, tailoring.of(findings_of(cell.verdict))),
        again=None if again is None else with_findings(again, tailoring.of(findings_of(again))),
    )


def _surface(result: SurfaceResult, tailoring: Tailoring) -> SurfaceResult:
    findings = tailoring.of(result.findings)
    broken = {release for one in findings if one.level is Level.ERROR for release in one.broken}
    verified = tuple(one for one in result.releases if one not in broken) if result.files else ()
    # The range to state was worked out from what broke; where that is another set it no longer follows.
    proposed = result.proposed if verified == result.verified else None
    return msgspec.structs.replace(result, findings=findings, verified=verified, proposed=proposed)
