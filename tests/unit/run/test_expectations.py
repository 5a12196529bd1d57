from pathlib import Path

import pytest

from plugin_matrix.errors import UsageError
from plugin_matrix.model import (
    Accelerator,
    Cause,
    Cell,
    CellResult,
    Compatible,
    Engine,
    EngineKind,
    Finding,
    Incompatible,
    Level,
    NotApplicable,
    Platform,
    Reason,
    Undetermined,
    Verdict,
)
from plugin_matrix.run.expectations import Expectation, Expected, load_expectation, mismatches


def finding(rule: str, level: Level = Level.ERROR) -> Finding:
    return Finding(rule=rule, level=level, subject="s", message="m", effect="e", hint="h")


def result(verdict: Verdict, release: str = "0.33.0") -> CellResult:
    cell = Cell("p==1", Engine(EngineKind.REFERENCE, release), Platform(Accelerator.CPU, "3.11"))
    return CellResult(id=cell.id, cell=cell, verdict=verdict)


STATED = Expectation(
    purpose="x",
    expect=(
        Expected(">=0.7.0,<0.9", "incompatible", ("PM605", "PM607")),
        Expected(">=0.9", "compatible", ("PM607",)),
    ),
)


@pytest.mark.parametrize(
    ("seen", "release", "wrong"),
    [
        (Incompatible((finding("PM605"), finding("PM607", Level.WARNING))), "0.8.4", False),
        (Incompatible((finding("PM607", Level.WARNING), finding("PM605"), finding("PM605"))), "0.8.4", False),
        (Incompatible((finding("PM605"),)), "0.8.4", True),
        (Incompatible((finding("PM605"), finding("PM607"), finding("PM609"))), "0.8.4", True),
        (Compatible(), "0.8.4", True),
        (Compatible((finding("PM607", Level.WARNING),)), "0.33.0", False),
        (Compatible(), "0.33.0", True),
        (NotApplicable(Reason.GROUPS_NOT_READ, "d"), "0.33.0", True),
        (Undetermined(Cause.PROBE, "d"), "0.33.0", True),
        (Compatible(), "0.6.2", True),
    ],
)
def test_verdict_and_set_of_rules_are_both_compared(seen: Verdict, release: str, *, wrong: bool) -> None:
    assert bool(list(mismatches([result(seen, release)], {"p==1": STATED}))) is wrong


def test_a_plugin_without_expectation_is_never_a_mismatch() -> None:
    assert list(mismatches([result(Compatible())], {})) == []


def test_cells_that_lack_the_torch_a_plugin_needs_are_passed_over() -> None:
    stated = Expectation(purpose="x", expect=(Expected(">=0.5", "compatible"),), needs=("torch",))
    assert list(mismatches([result(Undetermined(Cause.TORCH, "no torch"))], {"p==1": stated})) == []
    assert len(list(mismatches([result(Undetermined(Cause.PROBE, "broken"))], {"p==1": stated}))) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("purpose = ", "expect.toml"),
        ('purpose = "x"\n[[expect]]\nreleases = ">=0.7"\nverdict = "fine"', "Invalid enum value 'fine'"),
        ('purpose = "x"\n[[expect]]\nreleases = "newest"\nverdict = "compatible"', "newest"),
        ('purpose = "x"\nexpect = []\nrule = "PM605"', "unknown field `rule`"),
    ],
)
def test_an_expectation_of_another_form_is_refused_with_its_place(
    tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "expect.toml").write_text(text)
    with pytest.raises(UsageError) as caught:
        load_expectation(tmp_path)
    assert said in str(caught.value)
    assert tmp_path.name in str(caught.value)


def test_companions_stand_under_with(tmp_path: Path) -> None:
    (tmp_path / "expect.toml").write_text('purpose = "x"\nwith = ["other"]\nexpect = []')
    loaded = load_expectation(tmp_path)
    assert loaded is not None
    assert loaded.beside == ("other",)


@pytest.mark.parametrize("reason", [Reason.ENGINE_PYTHON, Reason.NO_DEVICE])
def test_an_engine_that_does_not_support_the_python_or_a_device_that_is_not_there_contradicts_nothing(
    reason: Reason,
) -> None:
    stated = {"p==1": STATED}
    unsupported = result(NotApplicable(reason, "no"))
    assert list(mismatches([unsupported], stated)) == []
    assert len(list(mismatches([result(NotApplicable(Reason.WHEEL_TAG, "no"))], stated))) == 1
