import pytest

from plugin_matrix.errors import ExitCode
from plugin_matrix.gate import decide
from plugin_matrix.model import PluginProblem, Results, Totals


def results(
    *, compatible: int = 0, incompatible: int = 0, not_applicable: int = 0, undetermined: int = 0,
    problems: tuple[ExitCode, ...] = (), complete: bool = True,
) -> Results:  # fmt: skip
    counts = (compatible, incompatible, not_applicable, undetermined)
    return Results(
        tool_version="0",
        started="2026-01-01T00:00:00+00:00",
        seconds=0,
        complete=complete,
        engines=(),
        platforms=(),
        plugins=(),
        problems=tuple(PluginProblem("x", "m", int(code)) for code in problems),
        cells=(),
        totals=Totals(sum(counts), *counts),
    )


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (results(compatible=3), ExitCode.COMPATIBLE),
        (results(compatible=3, not_applicable=2), ExitCode.COMPATIBLE),
        (results(compatible=3, incompatible=1), ExitCode.INCOMPATIBLE),
        (results(compatible=3, incompatible=1, undetermined=1), ExitCode.INCOMPATIBLE),
        (results(compatible=3, undetermined=1), ExitCode.UNDETERMINED),
        (results(), ExitCode.NOTHING_TO_CHECK),
        (results(not_applicable=4), ExitCode.NOTHING_TO_CHECK),
        (results(compatible=3, incompatible=1, complete=False), ExitCode.INTERRUPTED),
        (results(compatible=3, problems=(ExitCode.USAGE,)), ExitCode.USAGE),
        (results(incompatible=3, problems=(ExitCode.USAGE,)), ExitCode.USAGE),
        (results(problems=(ExitCode.NOTHING_TO_CHECK,)), ExitCode.NOTHING_TO_CHECK),
        (results(compatible=1, problems=(ExitCode.NOTHING_TO_CHECK,)), ExitCode.NOTHING_TO_CHECK),
        (results(compatible=1, problems=(ExitCode.UNDETERMINED,)), ExitCode.UNDETERMINED),
        (results(undetermined=1, problems=(ExitCode.NOTHING_TO_CHECK,)), ExitCode.UNDETERMINED),
    ],
)
def test_exit_code_of_a_run(seen: Results, expected: ExitCode) -> None:
    assert decide(seen) is expected
