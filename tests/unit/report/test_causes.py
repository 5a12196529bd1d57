"""Findings of many cells become few root causes, and nothing is lost on the way."""

import itertools
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from plugin_matrix.model import Cell, CellResult, Evidence, Finding, Incompatible, Level, Plugin, Results
from plugin_matrix.report.causes import RootCause, by_plugin, evidence_text, root_causes
from plugin_matrix.report.ranges import Axis


@pytest.fixture
def causes(small: Results, build: Callable[..., Results]) -> Callable[..., tuple[RootCause, ...]]:
    """Return the root causes of findings given by release."""
    plugin: Plugin = small.plugins[0]
    model = next(result.findings[0] for result in small.cells if result.findings)

    def make(**findings: list[dict[str, Any]]) -> tuple[RootCause, ...]:
        cells = [
            CellResult(
                id="",
                cell=Cell(plugin.id, engine, small.platforms[0]),
                verdict=Incompatible(tuple(altered(model, **change) for change in changes)),
            )
            for engine, changes in zip(small.engines, findings.values(), strict=False)
        ]
        return root_causes(plugin, cells, Axis(build((plugin,), cells)))

    return make


def altered(finding: Finding, **changes: Any) -> Finding:
    return msgspec.structs.replace(finding, **changes)


def test_rule_and_subject_make_the_cause_and_nothing_else(
    causes: Callable[..., tuple[RootCause, ...]],
) -> None:
    (cause,) = causes(a=[{"message": "one"}], b=[{"message": "two", "effect": "other"}], c=[{"evidence": ()}])
    assert cause.where == "0.5.5-0.7.0"
    assert [(text, where) for text, where in cause.messages][:2] == [("one", "0.5.5"), ("two", "0.6.6")]
    assert [where for _, where in cause.effects] == ["0.5.5, 0.7.0", "0.6.6"]
    assert [where for _, where in cause.evidence] == ["0.5.5-0.6.6"]


@pytest.mark.parametrize("change", [{"rule": "PM606"}, {"subject": "other"}])
def test_another_rule_or_subject_is_another_cause(
    causes: Callable[..., tuple[RootCause, ...]], change: dict[str, str]
) -> None:
    assert len(causes(a=[{}, change])) == 2
    assert len({cause.fingerprint for cause in causes(a=[{}, change])}) == 2


@pytest.mark.parametrize("levels", list(itertools.permutations(Level)))
def test_a_cause_is_as_bad_as_its_worst_finding(
    causes: Callable[..., tuple[RootCause, ...]], levels: tuple[Level, ...]
) -> None:
    (cause,) = causes(**{level.value: [{"level": level}] for level in levels})
    assert cause.level is Level.ERROR


def test_the_worst_comes_first_then_the_rules_in_order(causes: Callable[..., tuple[RootCause, ...]]) -> None:
    found = causes(
        a=[
            {"rule": "PM101", "level": Level.ADVICE},
            {"rule": "PM902", "level": Level.ERROR},
            {"rule": "PM605", "level": Level.ERROR},
            {"rule": "PM103", "level": Level.WARNING},
        ]
    )
    assert [cause.rule for cause in found] == ["PM605", "PM902", "PM103", "PM101"]


def test_a_cause_found_twice_in_a_cell_counts_once(causes: Callable[..., tuple[RootCause, ...]]) -> None:
    (cause,) = causes(a=[{}, {"message": "again"}])
    assert len(cause.cells) == 1


def test_every_plugin_has_its_cells_oldest_first(small: Results) -> None:
    shuffled = msgspec.structs.replace(small, cells=tuple(reversed(small.cells)))
    assert by_plugin(shuffled) == by_plugin(small)
    releases = [result.cell.engine.release for result in by_plugin(small)["quiet==1.0"]]
    assert releases == [
        "0.7.0",
        "0.10.1",
        "0.33.0",
    ]


@pytest.mark.parametrize(
    ("evidence", "text"),
    [
        (Evidence(file="a.py", line=3, symbol="f", text="Oops: x"), "a.py:3 f: Oops: x"),
        (Evidence(file="a.py", text="Oops"), "a.py: Oops"),
        (Evidence(line=3, symbol="f"), "f"),
        (Evidence(text="a: b"), "a: b"),
        (Evidence(), ""),
    ],
)
def test_evidence_is_one_line(evidence: Evidence, text: str) -> None:
    assert evidence_text(evidence) == text
