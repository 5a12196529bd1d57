"""The fixture plugins state what each release makes of them; what source alone shows agrees with that."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from plugin_matrix.model import Level
from plugin_matrix.plugins.readable import read_plugin
from plugin_matrix.run.check import check_readable
from plugin_matrix.surface.resolver import Surface
from plugin_matrix.surface.store import SurfaceIndex

ROOT = Path(__file__).parents[4] / "plugins_fixtures"
FIXTURES = sorted(path.parent.name for path in ROOT.glob("*/expect.toml"))
FROM_SOURCE = {
    "compute-logits-sampling-metadata": "PM805",
    "constructor-kwargs": "PM803",
    "constructor-old": "PM802",
    "constructor-positional": "PM803",
    "constructor-without-prefix": "PM803",
    "forward-kv-caches": "PM804",
    "get-input-embeddings-only": "PM802",
    "lazy-string-two-colons": "PM801",
    "no-sample": "PM802",
}
"""Fixtures whose break can be read off, with the rule; the contract tier may tell another one."""


@pytest.fixture(scope="module")
def surface() -> Surface:
    return Surface(SurfaceIndex.shipped())


def expectations(name: str) -> list[dict[str, Any]]:
    expected: list[dict[str, Any]] = tomllib.loads((ROOT / name / "expect.toml").read_text("utf-8"))["expect"]
    return expected


@pytest.mark.parametrize("name", FIXTURES)
def test_nothing_of_level_error_is_told_of_releases_that_take_a_fixture(
    name: str, surface: Surface, tmp_path: Path
) -> None:
    result = check_readable(read_plugin(str(ROOT / name), tmp_path), surface, surface.axis.all)
    fine = 0
    for one in expectations(name):
        if one["verdict"] == "compatible":
            fine |= surface.axis.matching(one["releases"])
    errors = [finding for finding in result.findings if finding.level is Level.ERROR]
    assert {
        (finding.rule, finding.subject, release)
        for finding in errors
        for release in surface.axis.names(surface.axis.mask(finding.broken) & fine)
    } == set()


@pytest.mark.parametrize(("name", "rule"), FROM_SOURCE.items(), ids=FROM_SOURCE)
def test_a_break_that_source_shows_is_told_of_the_releases_that_a_fixture_names(
    name: str, rule: str, surface: Surface, tmp_path: Path
) -> None:
    result = check_readable(read_plugin(str(ROOT / name), tmp_path), surface, surface.axis.all)
    told = surface.axis.mask(
        release
        for finding in result.findings
        if finding.rule == rule and finding.level is Level.ERROR
        for release in finding.broken
    )
    broken = 0
    stated = 0
    for one in expectations(name):
        if one["verdict"] in {"incompatible", "compatible"}:
            stated |= surface.axis.matching(one["releases"])
        if one["verdict"] == "incompatible":
            broken |= surface.axis.matching(one["releases"])
    assert broken
    assert told & stated == broken & surface.axis.mask(result.releases)
