"""Known problems stay in the results, marked, and never fail; those that have become wrong are told."""

import datetime as dt

import msgspec
import pytest

from plugin_matrix.config import KnownProblem
from plugin_matrix.errors import ExitCode
from plugin_matrix.gate import decide, mark_known
from plugin_matrix.model import Confirmation, Results, Witness

from .short_results import check_results, checked, run_results, surface_finding

TODAY = dt.date(2026, 11, 24)
RELEASES = ("0.32.0", "0.33.0")


def known(
    symbol: str = "a", *, rule: str = "PM605", reason: str = "port", until: str | None = None
) -> KnownProblem:
    return KnownProblem(rule=rule, symbol=symbol, reason=reason, until=until)


def run_with(text: str) -> Results:
    return run_results({"acme==1.0": dict.fromkeys(RELEASES, text)})


@pytest.mark.parametrize(
    ("stated", "marked", "stale"),
    [
        ([known()], {("a", "0.32.0"), ("a", "0.33.0")}, []),
        ([known("b")], {("b", "0.32.0"), ("b", "0.33.0")}, []),
        ([known("?")], {(name, release) for name in "ab" for release in RELEASES}, []),
        ([known("*"), known("a")], {(name, release) for name in "ab" for release in RELEASES}, []),
        ([known(until="0.33.0")], {("a", "0.32.0")}, []),
        ([known(until="0.33.0.post1")], {("a", "0.32.0"), ("a", "0.33.0")}, []),
        ([known(until="0.32.0")], set(), ["expired"]),
        ([known(until="2026-11-25")], {("a", "0.32.0"), ("a", "0.33.0")}, []),
        ([known(until="2026-11-24")], set(), ["expired"]),
        ([known(rule="PM606")], set(), ["unused"]),
        ([known("A")], set(), ["unused"]),
        ([known("aa")], set(), ["unused"]),
        # What is told from source alone cannot be missing from what was run.
        ([known(rule="PM201")], set(), []),
        ([], set(), []),
    ],
)
def test_what_matches_is_marked_and_what_does_not_is_stale(
    stated: list[KnownProblem], marked: set[tuple[str, str]], stale: list[str]
) -> None:
    found = mark_known(run_with("a! b!"), stated, TODAY)
    assert {
        (finding.subject, cell.cell.engine.release)
        for cell in found.results.cells
        for finding in cell.findings
        if finding.known is not None
    } == marked
    assert [one.reason.value for one in found.stale] == stale
    assert [cell.verdict.__class__ for cell in found.results.cells] == [
        cell.verdict.__class__ for cell in run_with("a! b!").cells
    ]


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ([known("a"), known("b")], ExitCode.COMPATIBLE),
        ([known("a")], ExitCode.INCOMPATIBLE),
        ([known("a"), known("b", until="0.33.0")], ExitCode.INCOMPATIBLE),
        ([known("*", until="2026-01-01")], ExitCode.INCOMPATIBLE),
    ],
)
def test_only_what_is_not_known_fails(stated: list[KnownProblem], expected: ExitCode) -> None:
    found = mark_known(run_with("a! b!"), stated, TODAY)
    assert decide(found.results, stale=found.stale).exit_code == expected


def test_marks_are_made_anew() -> None:
    once = mark_known(run_with("a!"), [known()], TODAY).results
    assert mark_known(once, [], TODAY).results == run_with("a!")


def test_a_finding_of_source_that_is_known_on_some_releases_becomes_two() -> None:
    finding = surface_finding(*RELEASES, subject="a", since="0.33.0")
    stated = [known(rule="PM201", until="0.33.0", reason="")]
    (result,) = mark_known(check_results(checked(finding)), stated, TODAY).results.surface
    assert [(one.broken, one.known, one.since) for one in result.findings] == [
        (("0.32.0",), "until 0.33.0", None),
        (("0.33.0",), None, "0.33.0"),
    ]


@pytest.mark.parametrize(("rule", "stale"), [("PM201", ["unused"]), ("PM605", []), ("PM101", ["unused"])])
def test_a_check_of_source_says_nothing_of_what_only_a_run_tells(rule: str, stale: list[str]) -> None:
    found = mark_known(check_results(checked()), [known(rule=rule)], TODAY)
    assert [one.reason.value for one in found.stale] == stale


@pytest.mark.parametrize(
    ("confirmation", "code"),
    [
        (Confirmation.CONFIRMED, ExitCode.INCOMPATIBLE),
        (Confirmation.NOT_TESTABLE, ExitCode.INCOMPATIBLE),
        (Confirmation.REFUTED, ExitCode.COMPATIBLE),
    ],
)
def test_a_finding_that_running_refutes_stays_marked_and_fails_nothing(
    confirmation: Confirmation, code: ExitCode
) -> None:
    witness = Witness(
        confirmation=confirmation, program="import s", failed_on="0.33.0", worked_on="0.32.0", reason="so"
    )
    one = msgspec.structs.replace(surface_finding("0.33.0"), witness=witness)
    marked = mark_known(check_results(checked(one)), [], TODAY)
    (found,) = marked.results.surface[0].findings
    refuted = confirmation is Confirmation.REFUTED
    assert found.known == ("Refuted: import s works on vLLM 0.33.0, as on 0.32.0." if refuted else None)
    assert decide(marked.results, stale=marked.stale).exit_code == code
