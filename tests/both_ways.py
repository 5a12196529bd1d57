"""Cells whose interpreters are executed, or forks of a warm one, and all that was observed of them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.engines.interpreters import default_platforms
from plugin_matrix.model import Engine
from plugin_matrix.plugins import open_plugin
from plugin_matrix.run.cell import CellRunner, ProbeSettings
from plugin_matrix.run.expectations import load_expectation
from plugin_matrix.run.plan import Subject, plan_cells
from plugin_matrix.run.venue import venues
from plugin_matrix.sandbox import Command, End, Execution, Limits
from plugin_matrix.sandbox.process import ProcessSandbox

FIXTURES = Path(__file__).parents[1] / "plugins_fixtures"
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


def observe(
    sandbox: ProcessSandbox, store: Path, names: Sequence[str], engine: Engine, *, torch: bool, forking: bool
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
        expectation = load_expectation(FIXTURES / name)
        seconds = expectation.scenario_seconds if expectation else None
        subjects.append(Subject(open_plugin(str(FIXTURES / name), store), scenario_seconds=seconds))
    for cell in plan_cells(subjects, [engine], [platform], history):
        runner.run(cell)
    return [
        {
            "ended": (execution.end, execution.code),
            # Whoever ends the probe and then itself may be there still, or no longer.
            "survivors": None if execution.end is End.SIGNALLED else execution.processes_ended,
            "observation": plain(json.loads(execution.result or b"null")),
        }
        for execution in recording.executions
    ]


def plain(seen: Any) -> Any:
    """Take out of an observation what was measured."""
    if isinstance(seen, dict):
        # Which of several threads comes first, and what vLLM says of it, is no two times the same.
        left_out = MEASURED | ({"log"} if seen.get("type") == "concurrent" else set())
        return {name: plain(value) for name, value in seen.items() if name not in left_out}
    if isinstance(seen, list):
        return [plain(value) for value in seen]
    return seen
