"""Cells per second against plain nox sessions, and the cost of a cell over bare Python.

Both comparisons run side by side on this machine, so that only their ratios are to be quoted:

    nox -s bench                      # or: python benchmarks/cells.py --rounds 3

1. *nox*: the same cells as nox sessions that each make a virtual environment, pip-install the engine's
   wheel and the plugin's directory, and load the plugin once. That asks one question of each cell; ours
   asks all of them. "Nothing prepared" begins with an empty store: it builds engines and plugins too.
   A round is nothing prepared, prepared, nox, prepared again; printed are the medians of the rounds.
2. *bare*: Python processes that do nothing but the imports a cell has to do: one that imports the engine,
   loads its plugins and makes the engine's default configuration, and the child it spawns with that
   configuration, which loads the plugins again.
3. *containers*: the same cell in a process, in a warm container and in one of its own, side by side; the
   image's Python is another build of the same minor version. Left out where there is no engine or image.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from plugin_matrix.engines.environment import Environments
from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.engines.interpreters import default_platforms
from plugin_matrix.engines.reference import build_wheel
from plugin_matrix.errors import SandboxError
from plugin_matrix.model import Engine, EngineKind
from plugin_matrix.plugins import OpenedPlugin, open_plugin
from plugin_matrix.run.cell import CellRunner, ProbeSettings
from plugin_matrix.run.execute import execute
from plugin_matrix.run.matrix import cells_at_a_time
from plugin_matrix.run.plan import PlannedCell, Subject, plan_cells
from plugin_matrix.run.progress import SilentProgress
from plugin_matrix.run.shelves import shelves
from plugin_matrix.run.venue import venues
from plugin_matrix.sandbox import Limits, Sandbox
from plugin_matrix.sandbox.container.client import connect
from plugin_matrix.sandbox.container.images import find_image
from plugin_matrix.sandbox.container.sandbox import ContainerSandbox
from plugin_matrix.sandbox.process import ProcessSandbox

ROOT = Path(__file__).resolve().parent.parent
PLUGINS = ("general-no-op", "handler-added-once", "second-call-raises", "registry-grows")
RELEASES = ("0.10.0", "0.33.0")
LOAD = "import vllm; from vllm.plugins import load_general_plugins; load_general_plugins()"
SPAWNING = f"""
import multiprocessing

def load(configuration):
    {LOAD}

if __name__ == "__main__":
    load(None)
    import vllm.config
    arguments = [vllm.config.VllmConfig()]
    child = multiprocessing.get_context("spawn").Process(target=load, args=arguments)
    child.start()
    child.join()
"""


class Bench:
    """The cells of the comparison, with their environments in `store`."""

    def __init__(self, store: Path, jobs: int) -> None:
        self.store = store
        self.jobs = jobs
        self.history = InterfaceHistory.load()
        self.sandbox = ProcessSandbox(store / "scratch", shelves=shelves(store))
        self.environments = Environments(store)
        self.platform = default_platforms()[0]
        self.engines = tuple(Engine(EngineKind.REFERENCE, release) for release in RELEASES)
        self.plugins: tuple[OpenedPlugin, ...] = tuple(
            open_plugin(str(ROOT / "plugins_fixtures" / name), store) for name in PLUGINS
        )
        self.planned = plan_cells(
            [Subject(opened) for opened in self.plugins], self.engines, [self.platform], self.history
        )
        self.runner = self.runner_in(self.sandbox)

    def runner_in(self, sandbox: Sandbox) -> CellRunner:
        """Return what runs cells in a sandbox."""
        return CellRunner(
            venues=venues(sandbox, (self.platform,), self.store, Limits()),
            history=self.history,
            settings=ProbeSettings(),
            limits=Limits(),
            torch=False,
        )

    def run(self) -> None:
        """Run all cells, in parallel, as `plugin-matrix run` does."""
        executed = execute(
            self.planned,
            self.runner.run,
            jobs=self.jobs,
            progress=SilentProgress(),
            interrupt=self.runner.interrupt,
        )
        _require(
            executed.complete and all(result.tiers for result in executed.results), "a cell was not judged"
        )

    def run_one(self, planned: PlannedCell) -> None:
        """Run one cell alone."""
        _require(bool(self.runner.run(planned).tiers), "the cell was not judged")

    def bare(self, planned: PlannedCell, script: Path) -> None:
        """Do a cell's imports in bare Python: the process and its spawned child."""
        environment = self.environments.provide(planned.cell.engine, planned.cell.platform, torch=False)
        layer = self.environments.add_plugin(planned.subject.opened, environment)
        path = os.pathsep.join(map(str, (*layer.plugin_paths, *layer.dependency_paths)))
        subprocess.run(
            [environment.python, script], env={"PYTHONPATH": path}, check=False, capture_output=True
        )

    def nox(self, directory: Path) -> float:
        """Run the cells as nox sessions; return the seconds of all sessions together."""
        cells = [
            (str(build_wheel(engine.release, self.store)), str(ROOT / "plugins_fixtures" / name))
            for name in PLUGINS
            for engine in self.engines
        ]
        (directory / "noxfile.py").write_text(
            textwrap.dedent(f"""
            import nox
            nox.options.default_venv_backend = "virtualenv"

            @nox.session
            @nox.parametrize("engine,plugin", {cells!r}, ids={[str(i) for i in range(len(cells))]!r})
            def cell(session, engine, plugin):
                session.install(engine, plugin)
                session.run("python", "-c", {LOAD!r}, success_codes=range(256))
            """)
        )
        return _timed(
            lambda: subprocess.run(
                [sys.executable, "-m", "nox", "-f", str(directory / "noxfile.py")],
                check=True,
                capture_output=True,
                cwd=directory,
            )
        )


def containers(bench: Bench, rounds: int) -> None:
    """Compare a cell in a process with one in a warm and one in a cold container."""
    try:
        client = connect()
        image = find_image(client, bench.platform.id)
    except SandboxError as error:
        print(f"containers left out: {error}")
        return
    boxes = [
        ContainerSandbox(client, image, bench.store / "scratch", shelves=shelves(bench.store), warm=warm)
        for warm in (True, False)
    ]
    try:
        runners = [bench.runner, *(bench.runner_in(box) for box in boxes)]
        cell = bench.planned[-1]
        for runner in runners * 2:
            _require(bool(runner.run(cell).tiers), "the cell was not judged")
        rows = [[_timed(lambda: runner.run(cell)) for runner in runners] for _ in range(rounds)]  # noqa: B023
        process, warm, cold = (statistics.median(column) for column in zip(*rows, strict=True))
        ratios = [statistics.median(row[place] / row[0] for row in rows) for place in (1, 2)]
        print(f"one cell in a process {process:.2f} s, Python {sys.version.split()[0]}")
        print(f"  in a warm container {warm:.2f} s, Python {image.python}: {ratios[0]:.2f} times")
        print(f"  in its own container {cold:.2f} s: {ratios[1]:.2f} times")
    finally:
        for box in boxes:
            box.close()
        client.close()


def _require(condition: bool, message: str) -> None:  # noqa: FBT001 - reads as an assertion
    if not condition:
        sys.exit(f"benchmark refused: {message}")


def _timed(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


@contextmanager
def _temporary() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="plugin-matrix-bench-"))
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


class Round(NamedTuple):
    """Seconds that all cells of the comparison took, in each of the ways."""

    nox: float
    unprepared: float
    prepared: float


def _round(directory: Path, jobs: int) -> Round:
    directory.mkdir()
    # The same steps as a run's: with an empty store, making the bench opens and builds the plugins.
    unprepared = _timed(lambda: Bench(directory / "store", jobs).run())
    bench = Bench(directory / "store", jobs)
    before = _timed(bench.run)
    nox = bench.nox(directory)
    after = _timed(bench.run)
    return Round(nox, unprepared, (before + after) / 2)


def main() -> None:
    """Measure and print the ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--rounds", type=int, default=3, help="of the first comparison; the second has four times as many"
    )
    parser.add_argument(
        "--containers", action="store_true", help="the third comparison alone, which takes a minute"
    )
    parser.add_argument("--jobs", type=int, default=cells_at_a_time())
    arguments = parser.parse_args()
    with _temporary() as directory:
        if arguments.containers:
            containers(Bench(directory / "store", arguments.jobs), 4 * arguments.rounds)
            return
        rounds = [_round(directory / str(number), arguments.jobs) for number in range(arguments.rounds)]
        bench = Bench(directory / "0" / "store", arguments.jobs)
        count = len(bench.planned)
        nox, unprepared, prepared = (
            statistics.median(column) / count for column in zip(*rounds, strict=True)
        )
        print(
            f"{count} cells: {len(PLUGINS)} plugins x {len(RELEASES)} reference engines, "
            f"{arguments.jobs} at a time"
        )
        print(f"  nox sessions            {nox:7.2f} s a cell")
        for what, seconds, ratio in (
            ("nothing prepared", unprepared, statistics.median(one.nox / one.unprepared for one in rounds)),
            ("prepared", prepared, statistics.median(one.nox / one.prepared for one in rounds)),
        ):
            print(f"  this, {what:<18}{seconds:7.2f} s a cell   {ratio:5.1f} times faster")

        script = directory / "bare.py"
        script.write_text(SPAWNING)
        cell = bench.planned[-1]
        bench.run_one(cell)
        bench.bare(cell, script)
        pairs = [
            (_timed(lambda: bench.run_one(cell)), _timed(lambda: bench.bare(cell, script)))
            for _ in range(4 * arguments.rounds)
        ]
        ours, bare = (statistics.median(column) for column in zip(*pairs, strict=True))
        ratio = statistics.median(one / other for one, other in pairs)
        print(f"one cell {ours:.2f} s, bare Python with the same imports {bare:.2f} s: {ratio:.1f} times")
        containers(bench, 4 * arguments.rounds)


if __name__ == "__main__":
    main()
