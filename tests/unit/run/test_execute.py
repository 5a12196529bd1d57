import threading
import time

import pytest

from plugin_matrix.model import (
    Accelerator,
    Cell,
    CellResult,
    Compatible,
    Engine,
    EngineKind,
    Platform,
)
from plugin_matrix.run.execute import execute
from plugin_matrix.run.plan import PlannedCell

PLATFORM = Platform(Accelerator.CPU, "3.11")


def planned(count: int) -> list[PlannedCell]:
    return [
        PlannedCell(
            cell=Cell(f"p{index}==1", Engine(EngineKind.REFERENCE, "0.33.0"), PLATFORM),
            subject=None,  # type: ignore[arg-type]
        )
        for index in range(count)
    ]


def done(cell: PlannedCell) -> CellResult:
    return CellResult(id=cell.cell.id, cell=cell.cell, verdict=Compatible())


class Heard:
    def __init__(self, interrupt_after: int | None = None) -> None:
        self.ids: list[str] = []
        self.stopped = False
        self.total = 0
        self.interrupt_after = interrupt_after

    def start(self, total: int) -> None:
        self.total = total

    def finished(self, result: CellResult) -> None:
        self.ids.append(result.id)
        if self.interrupt_after == len(self.ids):
            raise KeyboardInterrupt

    def stop(self) -> None:
        self.stopped = True

    def note(self, text: str) -> None:
        raise AssertionError(text)


def test_results_come_in_planned_order_whatever_finishes_first() -> None:
    cells = planned(6)

    def run(cell: PlannedCell) -> CellResult:
        time.sleep(0.03 if cell is cells[0] else 0)
        return done(cell)

    heard = Heard()
    executed = execute(cells, run, jobs=3, progress=heard, interrupt=lambda: None)
    assert [result.id for result in executed.results] == [cell.cell.id for cell in cells]
    assert executed.complete
    assert sorted(heard.ids) == sorted(cell.cell.id for cell in cells)
    assert (heard.total, heard.stopped) == (6, True)


def test_plugins_take_turns_and_each_keeps_the_order_of_its_cells() -> None:
    cells = [
        PlannedCell(
            cell=Cell(f"p{plugin}==1", Engine(EngineKind.REFERENCE, f"0.{minor}.0"), PLATFORM),
            subject=None,  # type: ignore[arg-type]
        )
        for plugin in range(5)
        for minor in range(20, 24)
    ]
    begun: list[Cell] = []

    def run(cell: PlannedCell) -> CellResult:
        begun.append(cell.cell)
        return done(cell)

    execute(cells, run, jobs=1, progress=Heard(), interrupt=lambda: None)
    turns = [{cell.plugin for cell in begun[place : place + 5]} for place in range(0, 20, 5)]
    assert turns == [{f"p{plugin}==1" for plugin in range(5)}] * 4
    for plugin in range(5):
        own = [cell.engine.release for cell in begun if cell.plugin == f"p{plugin}==1"]
        assert own == ["0.20.0", "0.21.0", "0.22.0", "0.23.0"]


def test_an_interrupt_ends_what_runs_drops_what_has_not_begun_and_keeps_what_is_done() -> None:
    cells = planned(40)
    ended = threading.Event()
    begun: list[str] = []

    def run(cell: PlannedCell) -> CellResult:
        begun.append(cell.cell.id)
        if cell is not cells[0]:
            ended.wait(5)
        return done(cell)

    executed = execute(cells, run, jobs=2, progress=Heard(interrupt_after=1), interrupt=ended.set)
    assert ended.is_set()
    assert not executed.complete
    assert [result.id for result in executed.results] == [cells[0].cell.id]
    assert len(begun) < len(cells)


def test_a_defect_of_the_harness_is_not_swallowed() -> None:
    def run(cell: PlannedCell) -> CellResult:
        raise AssertionError(cell.cell.id)

    heard = Heard()
    with pytest.raises(AssertionError):
        execute(planned(2), run, jobs=1, progress=heard, interrupt=lambda: None)
    assert heard.stopped
