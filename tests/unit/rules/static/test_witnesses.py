"""Errors told from source, shown on the engines of the tables: programs fail where they should."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

import plugin_matrix.probe
from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.model import Confirmation, Level, SurfaceFinding, Witness
from plugin_matrix.model.witness import ImportName, Prediction, Program
from plugin_matrix.plugins.uses import read_uses
from plugin_matrix.rules.static import judge_with_programs
from plugin_matrix.rules.static.witnessing import Ran, Told, confirmed, key_of

from . import rows_attributes, rows_calls, rows_classes, rows_imports, rows_patches
from .row import RELEASES, Row, files, plugin, surface

PROBE = Path(plugin_matrix.probe.__file__).parent / "__main__.py"
ROWS = {
    f"{family.__name__.rpartition('rows_')[2]}: {row.name}": row
    for family in (rows_attributes, rows_calls, rows_classes, rows_imports, rows_patches)
    for row in family.ROWS
    if any(" error " in told and not told.endswith(" all") for told in row.expected)
}


def witnesses(row: Row, directory: Path) -> dict[str, Witness]:
    """Return what running shows of the errors of a row, by rule and subject."""
    asked = surface(dict(zip(RELEASES, row.engines, strict=False)), directory)
    sources = {path: text.encode() for path, text in files(row.plugin, "acme/__init__.py").items()}
    one = plugin(row.point, row.target, row.requires)
    uses = read_uses(sources, frozenset({"acme"}), one.entry_points)
    judged = judge_with_programs(one, uses, asked, InterfaceHistory.load(), asked.axis.all)
    findings = tuple(each.finding for each in judged)
    predictions = {key_of(each.finding): each.prediction(asked.axis) for each in judged}

    def run(release: str, wanted: tuple[Program, ...]) -> tuple[Ran, ...]:
        request, answer = directory / "request.json", directory / "answer.json"
        request.write_bytes(msgspec.json.encode({"schema": 1, "programs": wanted, "seconds": 30}))
        command = [sys.executable, "-B", str(PROBE), "--witness", str(request), str(answer)]
        environment = {**os.environ, "PYTHONPATH": str(directory / release)}
        subprocess.run(command, env=environment, check=True, timeout=60)
        return msgspec.convert(tuple(json.loads(answer.read_bytes())["results"]), tuple[Ran, ...])

    among = Told(findings, asked.axis.releases)
    found = confirmed(findings, lambda finding: predictions[key_of(finding)], run, among=among)
    return {f"{each.rule} {each.subject}": each.witness for each in found if each.witness is not None}


@pytest.mark.parametrize("name", ROWS)
def test_no_error_of_the_tables_is_refuted(name: str, tmp_path: Path) -> None:
    for subject, witness in witnesses(ROWS[name], tmp_path).items():
        assert witness.confirmation is not Confirmation.REFUTED, (subject, witness)
        assert (witness.confirmation is Confirmation.CONFIRMED) is (not witness.reason), (subject, witness)


PROGRAM = ImportName("vllm.gone")
RELEASES_JUDGED = ("0.10.0", "0.11.0", "0.12.0", "0.13.0")


def finding(*broken: str, subject: str = "vllm.gone", rule: str = "PM201", **fields: Any) -> SurfaceFinding:
    since = broken[0] if broken[0] != "0.10.0" else None
    texts = {"message": "", "effect": "", "hint": ""}
    known = {"rule": rule, "level": Level.ERROR, "subject": subject, "broken": broken, "since": since}
    return SurfaceFinding(**{**texts, **known, **fields})


def shown(
    *findings: SurfaceFinding,
    steps: dict[str, str],
    program: Program | None = PROGRAM,
    fails: frozenset[str] = frozenset(),
) -> list[Witness]:
    """Return the witnesses of findings whose program comes to `steps` on releases."""
    predictions = {
        key_of(one): Prediction(program, one.broken[0], fails) for one in findings if program is not None
    }

    def run(release: str, wanted: tuple[Program, ...]) -> tuple[Ran, ...]:
        return tuple(msgspec.convert({"step": steps[release], "message": "so"}, Ran) for _ in wanted)

    among = Told(findings, RELEASES_JUDGED)
    found = confirmed(findings, lambda one: predictions.get(key_of(one)), run, among=among)
    return [one.witness for one in found if one.witness is not None]


@pytest.mark.parametrize(
    ("there", "here", "expected", "reason"),
    [
        ("failed", "worked", Confirmation.CONFIRMED, ""),
        ("failed", "no-call", Confirmation.CONFIRMED, ""),
        ("worked", "worked", Confirmation.REFUTED, ""),
        ("worked", "no-call", Confirmation.REFUTED, ""),
        ("failed", "failed", Confirmation.NOT_TESTABLE, "It fails on 0.11.0 too"),
        ("worked", "failed", Confirmation.NOT_TESTABLE, "It fails on 0.11.0 too"),
        ("failed", "reach", Confirmation.NOT_TESTABLE, "On 0.11.0, where it is predicted to work: so"),
        ("reach", "worked", Confirmation.NOT_TESTABLE, "On 0.12.0: so"),
        ("no-call", "worked", Confirmation.NOT_TESTABLE, "On 0.12.0: so"),
    ],
)
def test_only_a_program_that_works_on_the_other_side_shows_anything(
    there: str, here: str, expected: Confirmation, reason: str
) -> None:
    (witness,) = shown(finding("0.12.0", "0.13.0"), steps={"0.12.0": there, "0.11.0": here})
    assert witness.confirmation is expected
    assert witness.reason.startswith(reason)
    assert (witness.failed_on, witness.worked_on) == ("0.12.0", "0.11.0")
    assert witness.program == "import vllm.gone"


@pytest.mark.parametrize(
    ("broken", "others", "expected"),
    [
        (("0.12.0", "0.13.0"), (), ("0.12.0", "0.11.0")),
        (("0.10.0", "0.11.0"), (), ("0.10.0", "0.12.0")),
        (("0.12.0",), (finding("0.11.0", subject="vllm"),), ("0.12.0", "0.10.0")),
        (("0.12.0",), (finding("0.11.0", subject="vllm.g"),), ("0.12.0", "0.11.0")),
        (RELEASES_JUDGED, (), ("0.10.0", None)),
    ],
)
def test_the_other_side_is_the_last_release_before_the_break(
    broken: tuple[str, ...], others: tuple[SurfaceFinding, ...], expected: tuple[str, str | None]
) -> None:
    witness = shown(finding(*broken), *others, steps=dict.fromkeys(RELEASES_JUDGED, "worked"))[0]
    assert (witness.failed_on, witness.worked_on) == expected


def test_a_release_where_it_fails_unseen_is_no_other_side() -> None:
    # Something else fails there before the plugin comes so far.
    steps = dict.fromkeys(RELEASES_JUDGED, "worked")
    (witness,) = shown(finding("0.12.0"), steps=steps, fails=frozenset({"0.11.0"}))
    assert witness.worked_on == "0.10.0"


def test_where_it_works_on_no_release_nothing_is_shown() -> None:
    (witness,) = shown(finding(*RELEASES_JUDGED), steps={"0.10.0": "failed"})
    assert witness.confirmation is Confirmation.NOT_TESTABLE
    assert witness.reason == "It is predicted to work on no release to compare with."


def test_a_finding_without_a_program_is_not_testable() -> None:
    (witness,) = shown(finding("0.12.0"), steps={}, program=None)
    assert witness.confirmation is Confirmation.NOT_TESTABLE


@pytest.mark.parametrize("other", [{"level": Level.WARNING}, {"level": Level.ADVICE}, {"rule": "PM108"}])
def test_only_errors_in_what_the_source_does_are_shown(other: dict[str, Any]) -> None:
    assert shown(finding("0.12.0", **other), steps={}) == []
