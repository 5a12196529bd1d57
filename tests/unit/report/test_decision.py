"""The gate's decision in words: what changed, what is stale, what was not decided, the outcome last."""

from typing import Any

import pytest

from plugin_matrix.model import (
    Blame,
    Change,
    Decision,
    GateMode,
    Level,
    StaleProblem,
    StaleReason,
    Status,
    Undecided,
)
from plugin_matrix.report.decision import decision_text


def change(status: Status = Status.NEW, **more: Any) -> Change:
    return Change(
        **{
            "plugin": "acme==1.1",
            "where": "source",
            "engines": ("0.32.0",),
            "fingerprint": "00",
            "rule": "PM201",
            "subject": "vllm.x",
            "level": Level.ERROR,
            "status": status,
            **more,
        }
    )


def decision(*changes: Change, **more: Any) -> Decision:
    return Decision(
        **{"mode": GateMode.NEW, "fail_on": Level.ERROR, "exit_code": 0, "changes": changes, **more}
    )


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (decision(), ["PASSED (gate new, fails on errors that are new and the plugin's doing; exit code 0)"]),
        (
            decision(change(blame=Blame.PLUGIN, because="Why."), exit_code=1, failing=2),
            [
                "new: 1 finding",
                "  acme==1.1 error PM201 vllm.x  [source: 0.32.0]",
                "    The plugin's doing. Why.",
                (
                    "FAILED: 2 findings"
                    " (gate new, fails on errors that are new and the plugin's doing; exit code 1)"
                ),
            ],
        ),
        (
            decision(
                change(blame=Blame.ENGINE, known="port", counts=False),
                change(Status.SAME),
                change(Status.SAME, subject="vllm.y"),
                mode=GateMode.ALL,
                fail_on=Level.WARNING,
            ),
            [
                "new: 1 finding",
                "  acme==1.1 error PM201 vllm.x  [source: 0.32.0]",
                "    The engine's doing. Known problem: port. The plugin does not declare these engines.",
                "same: 2 findings",
                "PASSED (gate all, fails on errors and warnings; exit code 0)",
            ],
        ),
        (
            decision(
                mode=GateMode.NONE,
                exit_code=4,
                stale=(
                    StaleProblem(rule="PM201", symbol="a", until="0.33.0", reason=StaleReason.EXPIRED),
                    StaleProblem(rule="PM202", symbol="b\x1b", until=None, reason=StaleReason.UNUSED),
                ),
                undecided=(Undecided("cell", "no\nroom"),),
            ),
            [
                "stale known problem: PM201 a was accepted until 0.33.0, and is not any more",
                (
                    "stale known problem: PM202 b\\x1b is nowhere in these results;"
                    " remove it from known-problems"
                ),
                "not decided: cell: no\\nroom",
                "NOT DECIDED (gate none, fails on nothing; exit code 4)",
            ],
        ),
    ],
)
def test_a_decision_in_words(made: Decision, expected: list[str]) -> None:
    assert decision_text(made).splitlines() == expected


def test_what_is_the_same_is_listed_when_asked_for_and_many_are_cut() -> None:
    same = tuple(change(Status.SAME, subject=f"s{number}") for number in range(23))
    lines = decision_text(decision(*same), same=True).splitlines()
    assert (len(lines), lines[0], lines[21]) == (23, "same: 23 findings", "  and 3 more")


def test_many_engines_are_a_span() -> None:
    engines = ("0.9.0", "0.10.0", "0.11.0", "0.12.0", "0.13.0")
    text = decision_text(decision(change(engines=engines, blame=Blame.PLUGIN)))
    assert "[source: 5 releases, 0.9.0 to 0.13.0]" in text
