"""The exit code: the first that applies of a fixed order, for every gate."""

import msgspec
import pytest

from plugin_matrix.errors import ExitCode
from plugin_matrix.gate import Policy, decide
from plugin_matrix.gate.engine import decide_engine
from plugin_matrix.gate.ledger import editions_of
from plugin_matrix.model import Blame, GateMode, Level, Results, Status, SurfaceResult

from .short_results import check_results, checked, run_results, surface_finding

BEFORE_FINDINGS = {ExitCode.INTERRUPTED, ExitCode.USAGE}


def one(*texts: str, problems: tuple[int, ...] = (), complete: bool = True) -> Results:
    """Return results of one plugin on a release for each text."""
    row = {f"0.{number}.0": text for number, text in enumerate(texts, start=10)}
    return run_results({"acme==1.0": row} if row else {}, problems=problems, complete=complete)


@pytest.mark.parametrize(
    ("results", "fail_on", "expected"),
    [
        (one("", ""), "error", ExitCode.COMPATIBLE),
        (one("", "not-applicable"), "error", ExitCode.COMPATIBLE),
        (one("", "a!"), "error", ExitCode.INCOMPATIBLE),
        (one("a! b! c."), "error", ExitCode.INCOMPATIBLE),
        (one("a? b."), "error", ExitCode.COMPATIBLE),
        (one("a? b."), "warning", ExitCode.INCOMPATIBLE),
        (one("b."), "warning", ExitCode.COMPATIBLE),
        (one("b."), "advice", ExitCode.INCOMPATIBLE),
        (one("a!", "undetermined"), "error", ExitCode.INCOMPATIBLE),
        (one("", "undetermined"), "error", ExitCode.UNDETERMINED),
        (one("", "undetermined a!"), "error", ExitCode.INCOMPATIBLE),
        (one(), "error", ExitCode.NOTHING_TO_CHECK),
        (one("not-applicable"), "error", ExitCode.NOTHING_TO_CHECK),
        (one("", "a!", complete=False), "error", ExitCode.INTERRUPTED),
        (one("", problems=(2,)), "error", ExitCode.USAGE),
        (one("a!", problems=(2,)), "error", ExitCode.USAGE),
        (one(problems=(3,)), "error", ExitCode.NOTHING_TO_CHECK),
        (one("", problems=(3,)), "error", ExitCode.NOTHING_TO_CHECK),
        (one("", problems=(4,)), "error", ExitCode.UNDETERMINED),
        (one("undetermined", problems=(3,)), "error", ExitCode.UNDETERMINED),
    ],
)
def test_a_gate_for_all_fails_on_every_finding_of_its_level(
    results: Results, fail_on: str, expected: ExitCode
) -> None:
    decision = decide(results, Policy(fail_on=Level(fail_on)))
    assert decision.exit_code == expected
    assert (decision.failing > 0) is (expected is ExitCode.INCOMPATIBLE) or expected in BEFORE_FINDINGS


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        (one("a!", "undetermined"), ExitCode.COMPATIBLE),
        (one(), ExitCode.NOTHING_TO_CHECK),
        (one("not-applicable"), ExitCode.NOTHING_TO_CHECK),
        (one("a!", problems=(2,)), ExitCode.USAGE),
        (one("a!", complete=False), ExitCode.INTERRUPTED),
    ],
)
def test_a_gate_for_none_fails_on_no_finding_and_still_not_on_nothing(
    results: Results, expected: ExitCode
) -> None:
    assert decide(results, Policy(mode=GateMode.NONE)).exit_code == expected


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (one("a!"), one("a!"), ExitCode.COMPATIBLE),
        (one("a!"), one("a! b?"), ExitCode.COMPATIBLE),
        (one("", ""), run_results({"acme==1.1": {"0.10.0": "a!"}}), ExitCode.INCOMPATIBLE),
        (one("", ""), run_results({"acme==1.1": {"0.10.0": "a?"}}), ExitCode.COMPATIBLE),
        (one("a?"), run_results({"acme==1.1": {"0.10.0": "a!"}}), ExitCode.INCOMPATIBLE),
        # What was undecided before may stay so; what was decided, or is new, has to be.
        (one("undetermined"), one("undetermined"), ExitCode.COMPATIBLE),
        (one(""), one("undetermined"), ExitCode.UNDETERMINED),
        (one(""), one("", "undetermined"), ExitCode.UNDETERMINED),
        # A new engine: whose doing the break is, nobody knows, unless the plugin is unchanged.
        (one(""), one("", "a!"), ExitCode.COMPATIBLE),
        (
            one(""),
            run_results({"acme==1.1": {"0.10.0": "", "0.11.0": "a!"}}),
            ExitCode.UNDETERMINED,
        ),
        (one(""), one("not-applicable"), ExitCode.NOTHING_TO_CHECK),
        (one("a!"), one(), ExitCode.NOTHING_TO_CHECK),
    ],
)
def test_a_gate_for_what_is_new(before: Results, now: Results, expected: ExitCode) -> None:
    policy = Policy(mode=GateMode.NEW, baseline=editions_of(before))
    assert decide(now, policy).exit_code == expected


def test_a_cell_that_differs_from_itself_is_not_decided() -> None:
    now = run_results({"acme==1.1": {"0.10.0": "a!"}}, again={("acme==1.1", "0.10.0"): ""})
    decision = decide(now, Policy(mode=GateMode.NEW, baseline=editions_of(one(""))))
    assert decision.exit_code == ExitCode.UNDETERMINED
    assert [undecided.because for undecided in decision.undecided] == ["One of two identical runs has it."]


RELEASES = ("0.32.0", "0.33.0")
BROKEN = surface_finding("0.33.0")
GOOD, BAD = checked(), checked(BROKEN)
OUTSIDE = checked(BROKEN, declared=("0.32.0",))
CONTRADICTORY = checked(surface_finding(*RELEASES, rule="PM103"), declared=())
NOT_DECLARED = checked(surface_finding(*RELEASES), declared=())
NOTHING = checked(releases=(), declared=())
UNREAD = checked(files=0)
WARNED = checked(
    surface_finding("0.33.0", level=Level.WARNING), surface_finding("0.33.0", level=Level.ADVICE)
)
OTHER = checked(plugin="other==1.0")


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (check_results(GOOD), ExitCode.COMPATIBLE),
        (check_results(WARNED), ExitCode.COMPATIBLE),
        (check_results(OTHER, BAD), ExitCode.INCOMPATIBLE),
        (check_results(OUTSIDE), ExitCode.COMPATIBLE),
        (check_results(OUTSIDE, asked_for=True), ExitCode.INCOMPATIBLE),
        (check_results(CONTRADICTORY), ExitCode.INCOMPATIBLE),
        (check_results(NOT_DECLARED), ExitCode.NOTHING_TO_CHECK),
        (check_results(NOT_DECLARED, asked_for=True), ExitCode.INCOMPATIBLE),
        (check_results(NOTHING), ExitCode.NOTHING_TO_CHECK),
        (check_results(NOTHING, asked_for=True), ExitCode.NOTHING_TO_CHECK),
        (check_results(NOTHING, OTHER, asked_for=True), ExitCode.NOTHING_TO_CHECK),
        (check_results(UNREAD), ExitCode.UNDETERMINED),
        (check_results(checked(plugin="other==1.0", files=0), BAD), ExitCode.INCOMPATIBLE),
        (check_results(BAD, problems=(2,)), ExitCode.USAGE),
        (check_results(BAD, problems=(4,)), ExitCode.INCOMPATIBLE),
        (check_results(GOOD, problems=(4,)), ExitCode.UNDETERMINED),
        (check_results(GOOD, problems=(3,)), ExitCode.NOTHING_TO_CHECK),
        (check_results(problems=(3,)), ExitCode.NOTHING_TO_CHECK),
    ],
)
def test_an_error_of_source_counts_on_the_releases_asked_for_else_on_the_declared_ones(
    found: Results, code: ExitCode
) -> None:
    assert decide(found).exit_code == code


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (check_results(GOOD), ExitCode.COMPATIBLE),
        (check_results(BAD), ExitCode.INCOMPATIBLE),
        (check_results(OUTSIDE), ExitCode.INCOMPATIBLE),
        (check_results(checked(surface_finding("0.32.0"))), ExitCode.COMPATIBLE),
        (check_results(WARNED), ExitCode.COMPATIBLE),
        (check_results(BAD, problems=(2, 4)), ExitCode.INCOMPATIBLE),
        (check_results(GOOD, problems=(2,)), ExitCode.UNDETERMINED),
        (check_results(GOOD, UNREAD), ExitCode.UNDETERMINED),
        (check_results(problems=(2,)), ExitCode.UNDETERMINED),
        (check_results(problems=(3,)), ExitCode.NOTHING_TO_CHECK),
        (check_results(NOTHING), ExitCode.NOTHING_TO_CHECK),
        (check_results(NOTHING, OTHER), ExitCode.COMPATIBLE),
    ],
)
def test_for_one_engine_only_an_error_there_counts(found: Results, code: ExitCode) -> None:
    assert decide_engine(found, "0.33.0", "0.32.0").exit_code == code


BEFORE_OF_OTHER = checked(surface_finding("0.32.0", "0.33.0"), plugin="other==1.0")
NEWLY, BEFORE = checked(surface_finding("0.33.0")), checked(surface_finding("0.32.0", "0.33.0"))
KNOWN = checked(msgspec.structs.replace(surface_finding("0.33.0"), known="accepted"))


@pytest.mark.parametrize(
    ("found", "policy", "failing", "code"),
    [
        (NEWLY, Policy(mode=GateMode.NEW), 1, ExitCode.INCOMPATIBLE),
        (BEFORE, Policy(mode=GateMode.NEW), 0, ExitCode.COMPATIBLE),
        (BEFORE, Policy(mode=GateMode.ALL), 1, ExitCode.INCOMPATIBLE),
        (NEWLY, Policy(mode=GateMode.NONE), 0, ExitCode.COMPATIBLE),
        (KNOWN, Policy(mode=GateMode.ALL), 0, ExitCode.COMPATIBLE),
        (WARNED, Policy(mode=GateMode.ALL), 0, ExitCode.COMPATIBLE),
        (WARNED, Policy(mode=GateMode.ALL, fail_on=Level.WARNING), 1, ExitCode.INCOMPATIBLE),
    ],
)
def test_an_engine_has_the_same_gate_with_the_release_before_it_as_baseline(
    found: SurfaceResult, policy: Policy, failing: int, code: ExitCode
) -> None:
    decision = decide_engine(check_results(found), "0.33.0", "0.32.0", policy)
    assert (decision.failing, decision.exit_code) == (failing, code)


def test_what_an_engine_newly_breaks_is_its_doing() -> None:
    changes = decide_engine(check_results(NEWLY, BEFORE_OF_OTHER), "0.33.0", "0.32.0").changes
    assert [(one.plugin, one.status, one.blame) for one in changes] == [
        ("acme==1.0", Status.NEW, Blame.ENGINE),
        ("other==1.0", Status.SAME, None),
    ]


def test_the_oldest_release_has_none_before_it_and_everything_is_new() -> None:
    decision = decide_engine(check_results(NEWLY), "0.33.0", None, Policy(mode=GateMode.NEW))
    assert (decision.failing, decision.changes) == (1, ())
