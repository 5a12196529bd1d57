"""Engines by policy, and results as the project wants them told."""

import datetime as dt

import pytest

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.errors import NothingToCheckError
from plugin_matrix.model import Compatible, Finding, Incompatible, Level
from plugin_matrix.model.verdict import with_findings
from plugin_matrix.run.policy import Chosen, resolve_policy
from plugin_matrix.run.selection import select_engines
from plugin_matrix.run.tailoring import Tailoring

RELEASES = ("0.9.0", "0.9.1", "0.10.0rc1", "0.10.0", "0.10.1", "0.11.0rc1", "0.12.0")
DATES = {
    "0.9.0": "2026-01-01",
    "0.9.1": "2026-02-01",
    "0.10.0rc1": "2026-03-01",
    "0.10.0": "2026-03-05",
    "0.10.1": "2026-04-01",
    "0.11.0rc1": "2026-05-01",
}
TODAY = dt.date(2026, 5, 31)


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ((), Chosen(())),
        (("covering",), Chosen(("covering",))),
        ((">=0.9,<0.12", "0.12.0"), Chosen((">=0.9,<0.12", "0.12.0"))),
        (("declared",), Chosen(("all",), declared=True)),
        (("last-minors=2",), Chosen(("0.10.1", "0.12.0"))),
        (("last-minors=99",), Chosen(("0.9.1", "0.10.1", "0.12.0"))),
        # A release that is not dated is newer than every dated one.
        (("supported-days=60",), Chosen(("0.10.1", "0.11.0rc1", "0.12.0"))),
        (("supported-days=1",), Chosen(("0.12.0",))),
        (("declared,last-minors=1",), Chosen(("0.12.0",), declared=True)),
        (("last-minors=1,0.9.0",), Chosen(("0.12.0", "0.9.0"))),
        (("covering,0.9.0",), Chosen(("covering", "0.9.0"))),
        (("last-minors=0",), Chosen(("last-minors=0",))),
        (("vllm-last-minors=2",), Chosen(("vllm-0.10.1", "vllm-0.12.0"))),
        (("declared,vllm-last-minors=1",), Chosen(("vllm-0.12.0",), declared=True)),
    ],
)
def test_a_policy_becomes_releases(terms: tuple[str, ...], expected: Chosen) -> None:
    assert resolve_policy(terms, RELEASES, DATES, TODAY) == expected


def test_a_policy_that_names_no_release_is_nothing_to_check() -> None:
    with pytest.raises(
        NothingToCheckError, match=r"supported-days=9 asks: the newest known is 0\.9\.1 of 2026-02-01"
    ):
        resolve_policy(("supported-days=9",), RELEASES[:2], DATES, TODAY)


def test_what_a_policy_names_are_engines_of_the_history() -> None:
    history = InterfaceHistory.load()
    dates = {release: facts.date for release, facts in history.release_facts.items()}
    chosen = resolve_policy(("last-minors=3",), history.releases, dates, TODAY)
    assert len(select_engines(chosen.terms, history)) == 3


def finding(rule: str, level: Level = Level.ERROR) -> Finding:
    return Finding(rule=rule, level=level, subject="s", message="m", effect="e", hint="h")


@pytest.mark.parametrize(
    ("select", "ignore", "told"),
    [
        (("PM",), (), {"PM201", "PM202", "PM605"}),
        (("PM2",), (), {"PM201", "PM202"}),
        (("PM",), ("PM2",), {"PM605"}),
        (("PM", "PM202"), ("PM2",), {"PM202", "PM605"}),
        (("PM2",), ("PM201",), {"PM202"}),
        (("PM2",), ("PM2",), set()),
        (("PM605", "PM201"), (), {"PM201", "PM605"}),
    ],
)
def test_the_longer_prefix_decides(select: tuple[str, ...], ignore: tuple[str, ...], told: set[str]) -> None:
    tailoring = Tailoring(select=select, ignore=ignore)
    found = tailoring.of(tuple(map(finding, ("PM201", "PM202", "PM605"))))
    assert {one.rule for one in found} == told


def test_levels_and_left_out_rules_decide_the_verdict() -> None:
    broken = Incompatible((finding("PM201"), finding("PM605", Level.ADVICE)))
    softer = Tailoring(levels={"PM201": Level.WARNING}).of(broken.findings)
    assert [one.level for one in softer] == [Level.WARNING, Level.ADVICE]
    assert isinstance(with_findings(broken, softer), Compatible)
    harder = Tailoring(ignore=("PM201",), levels={"PM605": Level.ERROR}).of(broken.findings)
    assert with_findings(broken, harder) == Incompatible((finding("PM605"),))
