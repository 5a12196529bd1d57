"""Breaks that really happened, found in published artefacts: right symbol, right release, no false alarm."""

import tomllib
from pathlib import Path

import msgspec
import pytest
from packaging.specifiers import SpecifierSet

from plugin_matrix.model import Level, SurfaceFinding, SurfaceResult
from plugin_matrix.plugins.readable import read_plugin
from plugin_matrix.run.check import check_readable
from plugin_matrix.surface.resolver import Surface


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One break; `cases.toml` tells what the fields mean."""

    id: str
    artefacts: tuple[str, ...]
    symbol: str
    rules: frozenset[str]
    broken: str
    since: str | None = None
    also_broken: str | None = None
    works: str | None = None
    url: str | None = None


DATA = tomllib.loads(Path(__file__).with_name("cases.toml").read_text("utf-8"))
CASES = msgspec.convert(DATA["case"], list[Case])
ROWS = [
    pytest.param(case, artefact, id=f"{case.id}-{artefact}") for case in CASES for artefact in case.artefacts
]


@pytest.fixture(scope="session")
def results(surface: Surface, store: Path) -> dict[str, SurfaceResult]:
    return {
        artefact: check_readable(read_plugin(artefact, store), surface, surface.axis.all)
        for artefact in sorted({artefact for case in CASES for artefact in case.artefacts})
    }


def named(finding: SurfaceFinding, symbol: str) -> bool:
    """Tell whether the finding's subject is the symbol, lies in it, or is the module it would be in."""
    return (
        finding.subject == symbol
        or finding.subject.startswith(f"{symbol}.")
        or (finding.rule == "PM201" and symbol.startswith(f"{finding.subject}."))
        or finding.subject.endswith(f".{symbol}")
    )


def releases(surface: Surface, *specifiers: str | None) -> set[str]:
    return {
        release
        for specifier in specifiers
        if specifier is not None
        for release in SpecifierSet(specifier).filter(surface.axis.releases, prereleases=True)
    }


@pytest.mark.parametrize(("case", "artefact"), ROWS)
def test_the_break_is_found_with_its_symbol_and_its_first_release(
    case: Case, artefact: str, results: dict[str, SurfaceResult], surface: Surface
) -> None:
    findings = [
        one for one in results[artefact].findings if one.rule in case.rules and named(one, case.symbol)
    ]
    assert findings, sorted((one.rule, one.subject) for one in results[artefact].findings)
    assert case.since in {one.since for one in findings}
    told = {release for one in findings for release in one.broken}
    assert releases(surface, case.broken, case.also_broken) <= told
    assert told.isdisjoint(releases(surface, case.works))


@pytest.mark.parametrize(("case", "artefact"), [row for row in ROWS if row.values[0].works])  # type: ignore[union-attr]
def test_nothing_of_level_error_is_told_of_releases_on_which_the_plugin_works(
    case: Case, artefact: str, results: dict[str, SurfaceResult], surface: Surface
) -> None:
    works = releases(surface, case.works)
    false_alarms = {
        (one.rule, one.subject, tuple(sorted(works.intersection(one.broken))))
        for one in results[artefact].findings
        if one.level is Level.ERROR and works.intersection(one.broken)
    }
    assert works
    assert false_alarms == set()
