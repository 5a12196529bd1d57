"""Results against a baseline: one status for each finding on each engine, and whose doing a new one is."""

from collections.abc import Mapping

import pytest

from plugin_matrix.gate.comparing import compare
from plugin_matrix.gate.ledger import editions_of
from plugin_matrix.model import Level, Results

from .short_results import Rows, check_results, checked, run_results, surface_finding

Told = set[tuple[str, str, str]]
"""Subject, status with blame, releases."""


def told(before: Results, now: Results) -> Told:
    changes = compare(editions_of(now), editions_of(before))
    return {
        (
            change.subject,
            change.status.value + (f" {change.blame.value}" if change.blame else ""),
            ",".join(engine.split(".")[1] for engine in change.engines),
        )
        for change in changes
    }


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        # The same engine.
        ({"1.0": {"0.10.0": "a!"}}, {"1.1": {"0.10.0": "a!"}}, {("a", "same", "10")}),
        ({"1.0": {"0.10.0": ""}}, {"1.1": {"0.10.0": "a!"}}, {("a", "new plugin", "10")}),
        ({"1.0": {"0.10.0": "a!"}}, {"1.1": {"0.10.0": ""}}, {("a", "fixed", "10")}),
        (
            {"1.0": {"0.10.0": "a! b!"}},
            {"1.1": {"0.10.0": "b! c!"}},
            {("a", "fixed", "10"), ("b", "same", "10"), ("c", "new plugin", "10")},
        ),
        # Levels: worse is new, better is the same.
        ({"1.0": {"0.10.0": "a?"}}, {"1.1": {"0.10.0": "a!"}}, {("a", "new plugin", "10")}),
        ({"1.0": {"0.10.0": "a!"}}, {"1.1": {"0.10.0": "a?"}}, {("a", "same", "10")}),
        # One fingerprint at two levels on two engines is compared on each.
        (
            {"1.0": {"0.10.0": "a!", "0.11.0": "a?"}},
            {"1.1": {"0.10.0": "a!", "0.11.0": "a!"}},
            {("a", "same", "10"), ("a", "new plugin", "11")},
        ),
        # Nothing changed and yet it differs.
        ({"1.0": {"0.10.0": ""}}, {"1.0": {"0.10.0": "a!"}}, {("a", "spurious", "10")}),
        ({"1.0": {"0.10.0": "a!"}}, {"1.0": {"0.10.0": ""}}, {("a", "spurious", "10")}),
        # A new engine, the plugin unchanged: the engine's doing.
        (
            {"1.0": {"0.10.0": ""}},
            {"1.0": {"0.10.0": "", "0.11.0": "a!"}},
            {("a", "new engine", "11")},
        ),
        # A new engine, and trouble that the one before it had: nothing new.
        (
            {"1.0": {"0.10.0": "a!"}},
            {"1.1": {"0.10.0": "a!", "0.11.0": "a!"}},
            {("a", "same", "10"), ("a", "same", "11")},
        ),
        # A new engine and a new plugin: the crossed cells tell.
        (
            {"1.0": {"0.10.0": ""}},
            {"1.0": {"0.11.0": "a!"}, "1.1": {"0.10.0": "", "0.11.0": "a!"}},
            {("a", "new engine", "11")},
        ),
        (
            {"1.0": {"0.10.0": ""}},
            {"1.0": {"0.11.0": ""}, "1.1": {"0.10.0": "", "0.11.0": "a!"}},
            {("a", "new plugin", "11")},
        ),
        (
            {"1.0": {"0.10.0": ""}},
            {"1.1": {"0.10.0": "a!", "0.11.0": "a!"}},
            {("a", "new plugin", "10"), ("a", "new plugin", "11")},
        ),
        (
            {"1.0": {"0.10.0": ""}},
            {"1.1": {"0.10.0": "", "0.11.0": "a!"}},
            {("a", "new unknown", "11")},
        ),
        ({"1.0": {"0.10.0": ""}}, {"1.1": {"0.11.0": "a!"}}, {("a", "new unknown", "11")}),
        (
            {"1.0": {"0.10.0": ""}},
            {"1.0": {"0.11.0": "undetermined"}, "1.1": {"0.11.0": "a!"}},
            {("a", "new unknown", "11")},
        ),
        (
            {"1.0": {"0.10.0": ""}},
            {"1.0": {"0.11.0": "a?"}, "1.1": {"0.11.0": "a!"}},
            {("a", "new plugin", "11")},
        ),
        # What was not decided says neither that it is gone nor that it was not there.
        ({"1.0": {"0.10.0": "a!"}}, {"1.1": {"0.10.0": "undetermined"}}, set()),
        ({"1.0": {"0.10.0": "a!"}}, {"1.1": {"0.10.0": "undetermined a!"}}, {("a", "same", "10")}),
        ({"1.0": {"0.10.0": "undetermined"}}, {"1.1": {"0.10.0": "a!"}}, {("a", "new unknown", "10")}),
        # A version that widens what it declares brings what it breaks there.
        ({"1.0": {"0.10.0": "not-applicable"}}, {"1.1": {"0.10.0": "a!"}}, {("a", "new plugin", "10")}),
        # A plugin that the baseline does not have.
        ({}, {"1.0": {"0.10.0": "a!"}}, {("a", "new plugin", "10")}),
        # Of several editions in the baseline the one of the same version, else the newest, is compared with.
        (
            {"1.0": {"0.10.0": ""}, "1.2": {"0.10.0": "a!"}},
            {"1.3": {"0.10.0": "a!"}},
            {("a", "same", "10")},
        ),
        (
            {"1.0": {"0.10.0": ""}, "1.2": {"0.10.0": "a!"}},
            {"1.0": {"0.10.0": "a!"}},
            {("a", "spurious", "10")},
        ),
    ],
)
def test_each_finding_has_one_status_on_each_engine(
    before: Mapping[str, Mapping[str, str]], now: Mapping[str, Mapping[str, str]], expected: Told
) -> None:
    assert told(run_results(named(before)), run_results(named(now))) == expected


def named(rows: Rows) -> Rows:
    return {f"acme=={version}": row for version, row in rows.items()}


def test_a_rebuilt_plugin_of_the_same_version_has_changed() -> None:
    before = run_results({"acme==1.0": {"0.10.0": ""}})
    now = run_results({"acme==1.0": {"0.10.0": "a!"}}, digests={"acme==1.0": "other bytes"})
    assert told(before, now) == {("a", "new plugin", "10")}


@pytest.mark.parametrize(
    ("before", "first", "second", "expected"),
    [
        ("", "a!", "", {("a", "flaky", "10")}),
        ("", "a!", "a!", {("a", "new plugin", "10")}),
        ("", "a! b!", "b! c!", {("a", "flaky", "10"), ("b", "new plugin", "10"), ("c", "flaky", "10")}),
        ("a!", "a! b!", "b!", {("a", "same", "10"), ("b", "new plugin", "10")}),
        ("", "a!", "undetermined", {("a", "new plugin", "10")}),
    ],
)
def test_what_one_of_two_identical_runs_has_is_flaky(
    before: str, first: str, second: str, expected: Told
) -> None:
    now = run_results({"acme==1.1": {"0.10.0": first}}, again={("acme==1.1", "0.10.0"): second})
    assert told(run_results({"acme==1.0": {"0.10.0": before}}), now) == expected


def test_findings_of_source_are_compared_release_by_release() -> None:
    before = check_results(checked(surface_finding("0.32.0", "0.33.0", subject="old"), plugin="acme==1.0"))
    now = check_results(
        checked(
            surface_finding("0.33.0", subject="old"),
            surface_finding("0.32.0", subject="old", level=Level.WARNING),
            surface_finding("0.33.0", subject="fresh"),
            plugin="acme==1.1",
        )
    )
    assert told(before, now) == {
        ("old", "same", "32"),
        ("old", "same", "33"),
        ("fresh", "new plugin", "33"),
    }


def test_running_and_reading_are_compared_each_with_its_own_kind() -> None:
    before = check_results(checked(surface_finding("0.10.0", subject="a"), releases=("0.10.0",)))
    now = run_results({"acme==1.1": {"0.10.0": "a!"}})
    assert told(before, now) == {("a", "new plugin", "10")}


def test_what_is_alike_on_several_engines_is_told_once_and_names_in_any_spelling_are_one_plugin() -> None:
    before = run_results({"Acme_X==1.0": {"0.9.0": "", "0.10.0": ""}})
    now = run_results({"acme-x==1.1": {"0.10.0": "a!", "0.9.0": "a!"}})
    assert told(before, now) == {("a", "new plugin", "9,10")}
