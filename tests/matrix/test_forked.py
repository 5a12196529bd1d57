"""What a cell observes is the same whether its interpreters were started or forked from a warm one."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.engines.interpreters import default_platforms
from plugin_matrix.model import Engine, EngineKind
from plugin_matrix.plugins import open_plugin
from plugin_matrix.run.cell import CellRunner, ProbeSettings
from plugin_matrix.run.expectations import load_expectation
from plugin_matrix.run.plan import Subject, plan_cells
from plugin_matrix.run.shelves import shelves
from plugin_matrix.run.venue import venues
from plugin_matrix.sandbox import Command, Execution, Limits
from plugin_matrix.sandbox.process import ProcessSandbox
from plugin_matrix.sandbox.strategy import Strategy

ROOT = Path(__file__).parents[2] / "plugins_fixtures"
PLAIN = (
    *("general-no-op", "several-entry-points", "name-with-comma", "registry-grows", "env-grows"),
    *("handlers-pile-up", "atexit-piles-up", "thread-left-per-call", "sys-path-grows", "files-leak"),
    *("import-raises", "import-writes-files", "import-starts-process", "register-raises", "platform-dummy"),
    *("main-process-only", "first-process-only", "tokens-differ-in-children", "exits-at-startup"),
    *(
        "filter-ignored-at-startup",
        "filter-ignored-by-pth",
        "hostile-sitecustomize",
        "hostile-clears-environ",
        "hostile-closes-files",
    ),
    *("hostile-deep-recursion", "hostile-forges-result", "hostile-kills-parent", "hostile-os-exit"),
    *("hostile-patches-json", "hostile-replaces-stdout", "hostile-segfault", "hostile-throws-base-exception"),
)
WITH_TORCH = (
    *("model-class", "model-lazy", "import-initialises-accelerator", "register-initialises-accelerator"),
    *("forward-raises", "custom-op-in-register"),
)
RELEASES = ("0.8.5", "0.33.0")
MEASURED = frozenset({"seconds", "import_seconds", "peak_memory"})
"""What differs between runs. A fork holds what was imported ahead, used or not: its peak is higher."""


class Recording:
    """A sandbox that keeps what came out of it, and lets commands be forks or not."""

    def __init__(self, sandbox: ProcessSandbox, *, forking: bool) -> None:
        self._sandbox = sandbox
        self._forking = forking
        self.executions: list[Execution] = []

    def run(self, command: Command) -> Execution:
        """Run a command."""
        if not self._forking:
            command = msgspec.structs.replace(command, warm=None)
        before = self._sandbox.forked
        execution = self._sandbox.run(command)
        assert (self._sandbox.forked > before) is self._forking, self._sandbox.not_warm
        self.executions.append(execution)
        return execution

    def interrupt(self) -> None:
        """End all."""
        self._sandbox.interrupt()


@pytest.fixture(scope="module")
def sandbox(store: Path) -> Iterator[ProcessSandbox]:
    made = ProcessSandbox(store / "scratch", shelves=shelves(store))
    if made.strategy is Strategy.PROCESS_GROUP:
        pytest.skip("this machine permits no namespaces")
    yield made
    made.close()


def observe(
    sandbox: ProcessSandbox, store: Path, names: Sequence[str], release: str, *, torch: bool, forking: bool
) -> list[dict[str, Any]]:
    """Return the observations of some fixtures, and how the cells ended."""
    recording = Recording(sandbox, forking=forking)
    platform = default_platforms()[0]
    history = InterfaceHistory.load()
    limits = Limits(memory_bytes=2 * 1024**3)
    runner = CellRunner(
        venues=venues(recording, (platform,), store, limits),
        history=history,
        settings=ProbeSettings(repeat=3),
        limits=limits,
        torch=torch,
    )
    subjects = []
    for name in names:
        expectation = load_expectation(ROOT / name)
        seconds = expectation.scenario_seconds if expectation else None
        subjects.append(Subject(open_plugin(str(ROOT / name), store), scenario_seconds=seconds))
    for cell in plan_cells(subjects, [Engine(EngineKind.REFERENCE, release)], [platform], history):
        runner.run(cell)
    return [
        {
            "ended": (execution.end, execution.code),
            "survivors": execution.processes_ended,
            "observation": plain(json.loads(execution.result or b"null")),
        }
        for execution in recording.executions
    ]


def plain(seen: Any) -> Any:
    """Take out of an observation what was measured."""
    if isinstance(seen, dict):
        return {name: plain(value) for name, value in seen.items() if name not in MEASURED}
    if isinstance(seen, list):
        return [plain(value) for value in seen]
    return seen


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("name", PLAIN)
def test_a_fixture_is_observed_alike_executed_and_forked(
    sandbox: ProcessSandbox, store: Path, name: str, release: str
) -> None:
    executed, forked = (
        observe(sandbox, store, [name], release, torch=False, forking=forking) for forking in (False, True)
    )
    assert forked == executed


@pytest.mark.usefixtures("torch_python")
@pytest.mark.parametrize("name", WITH_TORCH)
def test_a_fixture_that_imports_torch_is_observed_alike_executed_and_forked(
    sandbox: ProcessSandbox, store: Path, name: str
) -> None:
    executed, forked = (
        observe(sandbox, store, [name], RELEASES[-1], torch=True, forking=forking)
        for forking in (False, True)
    )
    assert forked == executed
