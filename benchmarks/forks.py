"""Cells that are forks of a warm interpreter against the same cells executed, side by side.

    python benchmarks/forks.py [--engine vllm-0.33.0] [--containers] [--store DIRECTORY]

Processor seconds of all processes of a cell, in the process sandbox; what the interpreter costs to start is
not in them, it is there once for many cells. With `--containers` also the time on the clock in warm
containers. Only ratios are to be quoted.
"""

import argparse
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import msgspec

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.engines.interpreters import default_platforms
from plugin_matrix.errors import SandboxError
from plugin_matrix.plugins import open_plugin
from plugin_matrix.run.cell import CellRunner, ProbeSettings
from plugin_matrix.run.plan import PlannedCell, Subject, plan_cells
from plugin_matrix.run.selection import select_engines
from plugin_matrix.run.shelves import shelves
from plugin_matrix.run.venue import venues
from plugin_matrix.sandbox import Command, Execution, Limits, Sandbox
from plugin_matrix.sandbox.container.client import connect
from plugin_matrix.sandbox.container.images import find_image
from plugin_matrix.sandbox.container.sandbox import ContainerSandbox
from plugin_matrix.sandbox.process import ProcessSandbox

ROOT = Path(__file__).resolve().parent.parent
ENGINE = "reference-0.33.0"
CELLS = (
    ("general-no-op", False),
    ("hostile-sitecustomize", False),
    ("general-no-op", True),
    ("model-class", True),
    ("model-lazy", True),
)
"""Fixture, and whether its environment has torch; real vLLM is measured with it alone."""


class Executing:
    """A sandbox in which no command is a fork."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def __getattr__(self, name: str) -> object:
        return getattr(self._sandbox, name)

    def run(self, command: Command) -> Execution:
        """Run a command that is executed."""
        return self._sandbox.run(msgspec.structs.replace(command, warm=None))

    def interrupt(self) -> None:
        """End all."""
        self._sandbox.interrupt()


class Bench:
    """The cells on an engine, with their environments in `store`."""

    def __init__(self, store: Path, engine: str) -> None:
        self.store = store
        self.history = InterfaceHistory.load()
        self.platform = default_platforms()[0]
        (self.engine,) = select_engines([engine], self.history)
        self.cells = tuple((name, torch) for name, torch in CELLS if torch or not self.engine.is_real)

    def planned(self, name: str) -> PlannedCell:
        """Return the cell of a fixture."""
        subject = Subject(open_plugin(str(ROOT / "plugins_fixtures" / name), self.store))
        return next(iter(plan_cells([subject], [self.engine], [self.platform], self.history)))

    def run(self, sandbox: Sandbox, cell: PlannedCell, *, torch: bool, times: int) -> None:
        """Run a cell some times."""
        runner = CellRunner(
            venues=venues(sandbox, (self.platform,), self.store, Limits()),
            history=self.history,
            settings=ProbeSettings(),
            limits=Limits(),
            torch=torch,
        )
        for _ in range(times):
            result = runner.run(cell)
            if not result.tiers and not result.checks:
                sys.exit(f"benchmark refused: {cell.cell.id} was not judged: {result.verdict}")

    def processor_seconds(self, cell: PlannedCell, *, torch: bool, forked: bool, times: int) -> float:
        """Return what `times` cells cost, and the interpreter with them."""
        before = _children()
        sandbox = ProcessSandbox(self.store / "scratch", shelves=shelves(self.store))
        try:
            self.run(sandbox if forked else Executing(sandbox), cell, torch=torch, times=times)
            if forked and not sandbox.forked:
                sys.exit(f"benchmark refused: there is no warm interpreter: {sandbox.not_warm}")
        finally:
            sandbox.close()
        return _children() - before


def processes(bench: Bench, rounds: int) -> None:
    """Print processor seconds of a cell, executed and forked."""
    for name, torch in bench.cells:
        cell = bench.planned(name)
        bench.processor_seconds(cell, torch=torch, forked=False, times=1)
        costs: dict[bool, float] = {}
        for forked in (False, True):
            more = bench.processor_seconds(cell, torch=torch, forked=forked, times=1 + rounds)
            costs[forked] = (
                more - bench.processor_seconds(cell, torch=torch, forked=forked, times=1)
            ) / rounds
        _print(f"{name}{', with torch' if torch else ''}", costs[False], costs[True], "processor seconds")


def containers(bench: Bench, rounds: int) -> None:
    """Print seconds of a cell in a warm container, executed and forked."""
    try:
        client = connect()
        image = find_image(client, bench.platform.id)
    except SandboxError as error:
        print(f"containers left out: {error}")
        return
    box = ContainerSandbox(client, image, bench.store / "scratch", shelves=shelves(bench.store))
    ways = (_Image(box), box)
    try:
        for name, torch in bench.cells:
            cell = bench.planned(name)
            rows = []
            for sandbox in ways:
                bench.run(sandbox, cell, torch=torch, times=1)
            for _ in range(rounds):
                row = []
                for sandbox in ways:
                    began = time.perf_counter()
                    bench.run(sandbox, cell, torch=torch, times=1)
                    row.append(time.perf_counter() - began)
                rows.append(row)
            executed, forked = (statistics.median(column) for column in zip(*rows, strict=True))
            _print(f"{name}{', with torch' if torch else ''}, in a container", executed, forked, "seconds")
        if box.not_warm:
            sys.exit(f"benchmark refused: there is no warm interpreter: {box.not_warm}")
    finally:
        box.close()
        client.close()


class _Image(Executing):
    """A container sandbox in which no command is a fork, with what a venue asks of it."""

    @property
    def image(self) -> object:
        return self._sandbox.image  # type: ignore[attr-defined]

    def compile_byte_code(self, directory: Path) -> None:
        self._sandbox.compile_byte_code(directory)  # type: ignore[attr-defined]


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _print(what: str, executed: float, forked: float, unit: str) -> None:
    print(f"{what:<46}{executed:7.2f} {unit} executed, {forked:6.2f} forked: {forked / executed:5.2f} times")


def main(arguments: Iterable[str] | None = None) -> None:
    """Measure and print the ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--engine", default=ENGINE, help="one, as `plugin-matrix run --engines` names it")
    parser.add_argument("--store", type=Path, help="where environments are kept; else a new one")
    parser.add_argument("--containers", action="store_true", help="in containers too")
    chosen = parser.parse_args(None if arguments is None else list(arguments))
    with tempfile.TemporaryDirectory(prefix="plugin-matrix-bench-") as directory:
        Path(directory).chmod(0o755)
        bench = Bench(chosen.store or Path(directory) / "store", chosen.engine)
        processes(bench, chosen.rounds)
        if chosen.containers:
            containers(bench, chosen.rounds)


if __name__ == "__main__":
    main()
