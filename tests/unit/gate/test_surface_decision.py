"""The exit code of a check: the first that applies, counted where it matters."""

import pytest

from plugin_matrix.errors import ExitCode
from plugin_matrix.gate.surface import decide_engine, decide_surface
from plugin_matrix.model import (
    Level,
    Plugin,
    PluginProblem,
    Results,
    SurfaceFinding,
    SurfaceResult,
    Totals,
)

RELEASES = ("0.32.0", "0.33.0")


def finding(*broken: str, level: Level = Level.ERROR, rule: str = "PM201") -> SurfaceFinding:
    return SurfaceFinding(
        rule=rule, level=level, subject="s", message="m", effect="e", hint="h", broken=broken
    )


def checked(
    *findings: SurfaceFinding,
    releases: tuple[str, ...] = RELEASES,
    declared: tuple[str, ...] = RELEASES,
    files: int = 1,
) -> SurfaceResult:
    plugin = Plugin(name="acme", version="1", entry_points=(), source="acme", sha256="00")
    return SurfaceResult(
        plugin=plugin, releases=releases, declared_releases=declared, findings=findings, files=files
    )


def results(*surface: SurfaceResult, problems: tuple[int, ...] = ()) -> Results:
    return Results(
        tool_version="0",
        started="",
        seconds=0,
        complete=True,
        engines=(),
        platforms=(),
        plugins=(),
        cells=(),
        totals=Totals.of(()),
        surface=surface,
        problems=tuple(PluginProblem("other", "why", code) for code in problems),
    )


GOOD, BAD = checked(), checked(finding("0.33.0"))
OUTSIDE = checked(finding("0.33.0"), declared=("0.32.0",))
CONTRADICTORY = checked(finding(*RELEASES, rule="PM103"), declared=())
NOT_DECLARED = checked(finding(*RELEASES), declared=())
NOTHING = checked(releases=(), declared=())
UNREAD = checked(files=0)
WARNED = checked(
    finding("0.33.0", level=Level.WARNING), finding("0.33.0", level=Level.ADVICE), declared=RELEASES
)


@pytest.mark.parametrize(
    ("found", "asked_for", "code"),
    [
        (results(GOOD), False, ExitCode.COMPATIBLE),
        (results(WARNED), False, ExitCode.COMPATIBLE),
        (results(GOOD, BAD), False, ExitCode.INCOMPATIBLE),
        (results(OUTSIDE), False, ExitCode.COMPATIBLE),
        (results(OUTSIDE), True, ExitCode.INCOMPATIBLE),
        (results(CONTRADICTORY), False, ExitCode.INCOMPATIBLE),
        (results(NOT_DECLARED), False, ExitCode.NOTHING_TO_CHECK),
        (results(NOT_DECLARED), True, ExitCode.INCOMPATIBLE),
        (results(NOTHING), False, ExitCode.NOTHING_TO_CHECK),
        (results(NOTHING), True, ExitCode.NOTHING_TO_CHECK),
        (results(NOTHING, GOOD), True, ExitCode.NOTHING_TO_CHECK),
        (results(UNREAD), False, ExitCode.UNDETERMINED),
        (results(UNREAD, BAD), False, ExitCode.INCOMPATIBLE),
        (results(BAD, problems=(2,)), False, ExitCode.USAGE),
        (results(BAD, problems=(4,)), False, ExitCode.INCOMPATIBLE),
        (results(GOOD, problems=(4,)), False, ExitCode.UNDETERMINED),
        (results(GOOD, problems=(3,)), False, ExitCode.NOTHING_TO_CHECK),
        (results(problems=(3,)), False, ExitCode.NOTHING_TO_CHECK),
    ],
)
def test_an_error_counts_on_the_releases_asked_for_else_on_the_declared_ones(
    found: Results,
    asked_for: bool,  # noqa: FBT001 - a column of the table
    code: ExitCode,
) -> None:
    assert decide_surface(found, asked_for=asked_for) is code


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (results(GOOD), ExitCode.COMPATIBLE),
        (results(BAD), ExitCode.INCOMPATIBLE),
        (results(OUTSIDE), ExitCode.INCOMPATIBLE),
        (results(checked(finding("0.32.0"))), ExitCode.COMPATIBLE),
        (results(WARNED), ExitCode.COMPATIBLE),
        (results(BAD, problems=(2, 4)), ExitCode.INCOMPATIBLE),
        (results(GOOD, problems=(2,)), ExitCode.UNDETERMINED),
        (results(GOOD, UNREAD), ExitCode.UNDETERMINED),
        (results(problems=(2,)), ExitCode.UNDETERMINED),
        (results(problems=(3,)), ExitCode.NOTHING_TO_CHECK),
        (results(NOTHING), ExitCode.NOTHING_TO_CHECK),
        (results(NOTHING, GOOD), ExitCode.COMPATIBLE),
    ],
)
def test_for_one_engine_only_an_error_there_counts(found: Results, code: ExitCode) -> None:
    assert decide_engine(found, "0.33.0") is code
