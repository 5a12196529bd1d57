"""A surprising cell is run a second time, any other once; both verdicts are kept."""

import pytest

from plugin_matrix.model import (
    Accelerator,
    Cell,
    CellResult,
    Compatible,
    Engine,
    EngineKind,
    Finding,
    Incompatible,
    Level,
    Platform,
    Verdict,
)
from plugin_matrix.run.again import run_again_where
from plugin_matrix.run.plan import PlannedCell

CELL = Cell("acme==1.0", Engine(EngineKind.REFERENCE, "0.33.0"), Platform(Accelerator.CPU, "3.11"))
RED = Incompatible(
    (Finding(rule="PM605", level=Level.ERROR, subject="s", message="m", effect="e", hint="h"),)
)
GREEN = Compatible()
PLANNED = PlannedCell(cell=CELL, subject=None)  # type: ignore[arg-type] # nothing of it is looked at


@pytest.mark.parametrize(
    ("verdicts", "first", "again", "left"),
    [
        ([GREEN, RED], GREEN, None, 1),
        ([RED, GREEN], RED, GREEN, 0),
        ([RED, RED], RED, RED, 0),
    ],
)
def test_a_surprising_cell_is_run_twice(
    verdicts: list[Verdict], first: Verdict, again: Verdict | None, left: int
) -> None:
    ahead = list(verdicts)

    def run(planned: PlannedCell) -> CellResult:
        return CellResult(id=planned.cell.id, cell=planned.cell, verdict=ahead.pop(0))

    result = run_again_where(lambda one: isinstance(one.verdict, Incompatible), run)(PLANNED)
    assert (result.verdict, result.again, len(ahead)) == (first, again, left)
