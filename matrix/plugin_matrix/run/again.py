"""Running a cell a second time where its first verdict is a surprise, so that chance is told from change."""

from collections.abc import Callable

import msgspec

from plugin_matrix.model import CellResult
from plugin_matrix.run.plan import PlannedCell


def run_again_where(
    surprising: Callable[[CellResult], bool], run: Callable[[PlannedCell], CellResult]
) -> Callable[[PlannedCell], CellResult]:
    """Return `run` with a second run of each cell that is `surprising`; both verdicts are kept."""

    def run_once_or_twice(planned: PlannedCell) -> CellResult:
        first = run(planned)
        if not surprising(first):
            return first
        return msgspec.structs.replace(first, again=run(planned).verdict)

    return run_once_or_twice
