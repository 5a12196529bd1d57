"""Running all planned cells in parallel and keeping what is done, whatever happens."""

import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from typing import Protocol

import msgspec

from plugin_matrix.model import CellResult
from plugin_matrix.run.plan import PlannedCell

_GOLDEN = 0.618034
"""Multiples of it, whole parts left out, lie as far apart as can be."""


class Progress(Protocol):
    """Hears of each finished cell; called from one thread."""

    def start(self, total: int) -> None:
        """Hear how many cells there will be."""

    def finished(self, result: CellResult) -> None:
        """Hear of one more cell."""

    def stop(self) -> None:
        """Hear that no more will come."""

    def note(self, text: str) -> None:
        """Hear what people should know although it is about no cell; comes after `stop`."""


class Executed(msgspec.Struct, frozen=True):
    """Results in planned order; fewer than planned when the run was interrupted."""

    results: tuple[CellResult, ...]
    complete: bool


def execute(
    planned: Sequence[PlannedCell],
    run: Callable[[PlannedCell], CellResult],
    *,
    jobs: int,
    progress: Progress,
    interrupt: Callable[[], None],
) -> Executed:
    """Run `run` over `planned` with `jobs` cells at a time.

    On Ctrl-C the cells under way are ended through `interrupt`, those not begun are dropped, and
    what is done is returned with `complete=False`.
    """
    done: dict[str, CellResult] = {}
    stopping = threading.Event()

    def run_one(cell: PlannedCell) -> CellResult | None:
        return None if stopping.is_set() else run(cell)

    progress.start(len(planned))
    pool = ThreadPoolExecutor(jobs, thread_name_prefix="cell")
    try:
        futures: list[Future[CellResult | None]] = [pool.submit(run_one, cell) for cell in _in_turn(planned)]
        for future in as_completed(futures):
            result = future.result()
            if result is not None:
                done[result.id] = result
                progress.finished(result)
    except KeyboardInterrupt:
        stopping.set()
        interrupt()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        progress.stop()
    ordered = tuple(done[cell.cell.id] for cell in planned if cell.cell.id in done)
    return Executed(ordered, complete=not stopping.is_set())


def _in_turn(planned: Sequence[PlannedCell]) -> list[PlannedCell]:
    """Return the cells so that plugins take turns, each with its own in their order.

    All cells of one plugin are of a kind. Side by side, those of one that hangs would leave the processors
    idle, and those of one that takes all it can get would starve each other.
    """
    of_plugins: defaultdict[str, list[PlannedCell]] = defaultdict(list)
    for cell in planned:
        of_plugins[cell.cell.plugin].append(cell)
    turns = [
        ((place + number * _GOLDEN % 1) / len(cells), number, cell)
        for number, cells in enumerate(of_plugins.values())
        for place, cell in enumerate(cells)
    ]
    return [cell for _, _, cell in sorted(turns, key=lambda turn: turn[:2])]
