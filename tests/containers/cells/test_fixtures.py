"""Fixture plugins, the hostile ones above all, whole way in containers: each gets what it states."""

from pathlib import Path

import docker
import pytest

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.engines.interpreters import parse_platform
from plugin_matrix.model import Results
from plugin_matrix.run.expectations import load_expectation, mismatches
from plugin_matrix.run.matrix import Request, RunSettings, run_matrix
from plugin_matrix.run.progress import SilentProgress
from plugin_matrix.run.sandboxes import Choice, sandboxes
from plugin_matrix.run.selection import select_engines
from plugin_matrix.sandbox import Limits
from plugin_matrix.sandbox.container.images import BuiltImage
from plugin_matrix.sandbox.container.sandbox import ContainerSandbox

from .conftest import PLATFORM, containers

ROOT = Path(__file__).parents[3] / "plugins_fixtures"
FIXTURES = [
    path.parent
    for path in sorted(ROOT.glob("*/expect.toml"))
    if path.parent.name.startswith(("hostile-", "import-", "platform-", "general-", "name-"))
    and "torch" not in path.read_text()
]


@pytest.fixture(scope="module")
def results(engine: docker.DockerClient, image: BuiltImage, store: Path) -> Results:
    assert image.platform == PLATFORM
    history = InterfaceHistory.load()
    platforms = (parse_platform(PLATFORM),)
    requests = []
    for directory in FIXTURES:
        expectation = load_expectation(directory)
        assert expectation is not None
        beside = tuple(str(ROOT / name) for name in expectation.beside)
        requests.append(Request(str(directory), beside, expectation.scenario_seconds))
    with sandboxes(Choice.CONTAINER, platforms, store, pytest.fail) as chosen:
        found = run_matrix(
            requests,
            select_engines(["0.33.0"], history),
            platforms,
            settings=RunSettings(store=store, limits=Limits(memory_bytes=2 * 1024**3), torch=False),
            sandbox=chosen,
            history=history,
            progress=SilentProgress(),
        )
        (sandbox,) = chosen.values()
    assert isinstance(sandbox, ContainerSandbox)
    assert containers(engine, sandbox) == []
    return found


@pytest.mark.parametrize("directory", FIXTURES, ids=lambda directory: directory.name)
def test_a_fixture_gets_in_a_container_exactly_the_findings_it_states(
    results: Results, directory: Path
) -> None:
    plugin = next(plugin for plugin in results.plugins if plugin.source == directory.name)
    expectation = load_expectation(directory)
    assert expectation is not None
    cells = [cell for cell in results.cells if cell.cell.plugin == plugin.id]
    assert len(cells) == 1
    assert list(mismatches(cells, {plugin.id: expectation})) == []


def test_every_judged_cell_says_that_it_was_in_a_container(results: Results) -> None:
    kinds = {cell.isolation.kind for cell in results.cells if cell.isolation is not None}
    assert kinds == {"container"}
