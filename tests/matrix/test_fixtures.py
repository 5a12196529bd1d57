"""All fixture plugins on several engines, whole way, against what they state."""

import os
from pathlib import Path

import pytest

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.engines.interpreters import default_platforms
from plugin_matrix.model import Results
from plugin_matrix.run.expectations import load_expectation, mismatches
from plugin_matrix.run.matrix import Request, RunSettings, run_matrix
from plugin_matrix.run.progress import SilentProgress
from plugin_matrix.run.selection import select_engines
from plugin_matrix.run.shelves import shelves
from plugin_matrix.sandbox import Limits
from plugin_matrix.sandbox.process import ProcessSandbox

FIXTURES = sorted(
    path.parent for path in (Path(__file__).parents[2] / "plugins_fixtures").glob("*/expect.toml")
)
# One release of each great epoch; `nox -s matrix` runs the whole covering set.
ENGINES = os.environ.get("PLUGIN_MATRIX_TEST_ENGINES", "0.6.4.post1,0.8.4,0.11.2,0.13.0,0.33.0")


@pytest.fixture(scope="module")
def results(store: Path) -> Results:
    history = InterfaceHistory.load()
    requests = []
    for directory in FIXTURES:
        expectation = load_expectation(directory)
        assert expectation is not None
        beside = tuple(str(directory.parent / name) for name in expectation.beside)
        requests.append(Request(str(directory), beside, expectation.scenario_seconds))
    return run_matrix(
        requests,
        select_engines([ENGINES], history),
        default_platforms(),
        settings=RunSettings(store=store, limits=Limits(memory_bytes=2 * 1024**3)),
        sandbox=ProcessSandbox(store / "scratch", shelves=shelves(store)),
        history=history,
        progress=SilentProgress(),
    )


def test_every_fixture_could_be_opened(results: Results) -> None:
    assert results.problems == ()
    assert len(results.plugins) == len(FIXTURES)
    assert len(results.cells) == len(FIXTURES) * len(results.engines) == results.totals.cells


@pytest.mark.parametrize("directory", FIXTURES, ids=lambda directory: directory.name)
def test_a_fixture_gets_exactly_the_findings_it_states(results: Results, directory: Path) -> None:
    plugin = next(plugin for plugin in results.plugins if plugin.source == directory.name)
    expectation = load_expectation(directory)
    assert expectation is not None
    cells = [cell for cell in results.cells if cell.cell.plugin == plugin.id]
    assert len(cells) == len(results.engines)
    assert list(mismatches(cells, {plugin.id: expectation})) == []


def test_every_judged_cell_says_how_it_was_locked_in(results: Results) -> None:
    assert {cell.id for cell in results.cells if cell.tiers and cell.isolation is None} == set()
