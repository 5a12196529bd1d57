"""The study of agreement counts what reality decided, and nothing else."""

import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from agreement import (  # type: ignore[import-not-found] # a script; conftest.py says where
    STUDY,
    Happened,
    Row,
    happened,
    predicted,
    read,
    table,
)

from plugin_matrix.model import (
    Accelerator,
    Cause,
    Cell,
    CellResult,
    Check,
    CheckStatus,
    Compatible,
    Engine,
    EngineKind,
    Evidence,
    Finding,
    Incompatible,
    Level,
    NotApplicable,
    Platform,
    Plugin,
    Reach,
    Reason,
    SurfaceFinding,
    SurfaceResult,
    Undetermined,
    Verdict,
)

CELL = Cell("acme==1.0", Engine(EngineKind.RELEASE, "0.33.0"), Platform(Accelerator.CPU, "3.11"))
TEXTS: dict[str, Any] = {"message": "m", "effect": "e", "hint": "h"}
LOADED = (Check("load", CheckStatus.PASSED), Check("register", CheckStatus.SKIPPED, "no such entry point"))
OPEN = (Check("load", CheckStatus.PASSED), Check("register", CheckStatus.UNDETERMINED, "no triton"))


def raising(text: str, rule: str = "PM601") -> Incompatible:
    one = Finding(rule=rule, level=Level.ERROR, subject="s", evidence=(Evidence(text=text),), **TEXTS)
    return Incompatible((one,))


@pytest.mark.parametrize(
    ("verdict", "checks", "expected"),
    [
        (Compatible(), LOADED, Happened.WORKED),
        (Undetermined(Cause.PROBE, "nothing of the other checks"), LOADED, Happened.WORKED),
        (raising("ModuleNotFoundError: No module named 'vllm.gone'"), LOADED, Happened.BROKE),
        (raising("ImportError: cannot import name 'x' from 'vllm.utils'"), LOADED, Happened.BROKE),
        (raising("TypeError: f() got an unexpected keyword argument 'x'", "PM604"), LOADED, Happened.BROKE),
        (raising("ValueError: twice", "PM604"), LOADED, Happened.UNDECIDED),
        (raising("a state that grows", "PM606"), LOADED, Happened.WORKED),
        (Undetermined(Cause.DEPENDENCY, "no triton"), OPEN, Happened.UNDECIDED),
        (Undetermined(Cause.ENVIRONMENT, "no disk"), (), Happened.UNDECIDED),
        (NotApplicable(Reason.WHEEL_TAG, "another Python"), (), Happened.UNDECIDED),
    ],
)
def test_what_happened_is_what_importing_and_calling_raised_about_vllm(
    verdict: Verdict, checks: tuple[Check, ...], expected: Happened
) -> None:
    assert happened(CellResult(id=CELL.id, cell=CELL, verdict=verdict, checks=checks))[0] is expected


def told(**fields: Any) -> SurfaceFinding:
    known = {"rule": "PM201", "level": Level.ERROR, "subject": "vllm.x", "reach": Reach.CALL}
    return SurfaceFinding(**{**TEXTS, **known, "broken": ("0.33.0",), **fields})


@pytest.mark.parametrize(
    ("finding", "counts"),
    [
        (told(), True),
        (told(reach=Reach.IMPORT), True),
        (told(reach=Reach.ENGINE), False),
        (told(reach=Reach.PLATFORM), False),
        (told(level=Level.WARNING), False),
        (told(rule="PM108"), False),
        (told(broken=("0.32.0",)), False),
    ],
)
def test_only_errors_that_importing_and_calling_reach_are_predictions(
    finding: SurfaceFinding, *, counts: bool
) -> None:
    plugin = Plugin(name="acme", version="1.0", entry_points=(), source="acme", sha256="0" * 64)
    result = SurfaceResult(plugin=plugin, releases=("0.32.0", "0.33.0"), findings=(finding,))
    assert bool(predicted(result, "0.33.0")) is counts


def row(happened: Happened, *predicted: str, release: str = "0.33.0") -> Row:
    return Row(artefact="acme==1.0", release=release, predicted=predicted, happened=happened)


def test_undecided_cells_count_in_no_number_but_their_own() -> None:
    rows = [
        row(Happened.BROKE, "PM201 vllm.x"),
        row(Happened.WORKED, "PM202 vllm.y"),
        row(Happened.BROKE),
        row(Happened.WORKED),
        row(Happened.UNDECIDED, "PM201 vllm.x"),
    ]
    text = "\n".join(table(rows))
    assert "| predicted to break | 1 | 1 |" in text
    assert "| predicted to work | 1 | 1 |" in text
    assert "Precision 50.0 % (1 of 2), recall 50.0 % (1 of 2)." in text
    assert "| PM201 | 1 | 0 | 100.0 % (1 of 1) |" in text
    assert "1 undecided." in text


def test_recall_is_told_for_each_rule_by_what_was_raised() -> None:
    gone = "PM601 g:acme: ModuleNotFoundError: No module named 'vllm.x'"
    unbound = "PM604 g:acme: TypeError: f() got an unexpected keyword argument 'y'"
    rows = [
        msgspec.structs.replace(row(Happened.BROKE, "PM201 vllm.x"), said=gone),
        msgspec.structs.replace(row(Happened.BROKE, "PM202 vllm.z"), said=gone),
        msgspec.structs.replace(row(Happened.BROKE), said=f"{unbound}; caused by {gone}"),
    ]
    text = "\n".join(table(rows))
    assert "| PM201 | 2 | 1 | 2 | 100.0 % (2 of 2) |" in text
    assert "| PM301 | 1 | 0 | 0 | 0.0 % (0 of 1) |" in text


def test_a_line_that_was_cut_off_is_asked_for_again(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('{"artefact":"a==1","release":"0.1","predicted":[],"happened":"worked"}\n{"artefact":"b')
    assert [one.artefact for one in read(file)] == ["a==1"]


def test_the_study_is_as_large_as_it_says() -> None:
    stated = tomllib.loads(STUDY.read_text())
    assert len(stated["plugins"]) >= 40
    assert sum(map(len, stated["plugins"].values())) >= 80
    assert len(stated["releases"]) >= 12
