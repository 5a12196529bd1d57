"""What is told from source is shown on the releases of a run, and cells that came past it say more."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import pytest

from plugin_matrix.gate import decide, mark_known
from plugin_matrix.model import (
    Accelerator,
    Cell,
    CellResult,
    Check,
    CheckStatus,
    Compatible,
    Confirmation,
    Engine,
    EngineKind,
    Incompatible,
    NotApplicable,
    Platform,
    Reason,
    Results,
    SurfaceResult,
    Totals,
    Verdict,
)
from plugin_matrix.model.witness import Program
from plugin_matrix.plugins import open_plugin
from plugin_matrix.rules.static.witnessing import Ran
from plugin_matrix.run.confirming import confirm
from plugin_matrix.surface.resolver import Surface

from ...wheels import write_wheel
from ..rules.static.row import surface

PLATFORM = Platform(Accelerator.CPU, "3.11")
WITH_NAME = "#: vllm/a.py\nclass Moved:\n    pass\n"
WITHOUT = "#: vllm/a.py\nclass Other:\n    pass\n"
ENGINES = {"0.10.0": WITH_NAME, "0.11.0": WITH_NAME, "0.12.0": WITHOUT, "0.13.0": WITHOUT}
AT_IMPORT = "from vllm.a import Moved\ndef register():\n    pass\n"
AT_CALL = "def register():\n    from vllm.a import Moved\n"
PASSED, FAILED = CheckStatus.PASSED, CheckStatus.FAILED
LOADS = {"load": PASSED, "register": PASSED}
BREAKS = {"load": FAILED, "register": CheckStatus.SKIPPED}


def cell(
    release: str,
    checks: Mapping[str, CheckStatus],
    *,
    kind: EngineKind = EngineKind.RELEASE,
    stand_ins: tuple[str, ...] = (),
    verdict: Verdict | None = None,
) -> CellResult:
    one = Cell("acme==1.0", Engine(kind, release), PLATFORM)
    made = tuple(Check(name, status) for name, status in checks.items())
    return CellResult(id=one.id, cell=one, verdict=verdict or Compatible(), checks=made, stand_ins=stand_ins)


class Asked:
    """Runs programs as the releases would, and keeps which were asked."""

    def __init__(self, broken: tuple[str, ...] = ("0.12.0", "0.13.0")) -> None:
        self.broken = broken
        self.releases: list[str] = []

    def __call__(self, release: str, programs: tuple[Program, ...]) -> tuple[Ran, ...]:
        self.releases.append(release)
        failed = Ran("failed", "ImportError", "cannot import name 'Moved'")
        return (failed if release in self.broken else Ran("worked"),) * len(programs)


@pytest.fixture(scope="module")
def vllm(tmp_path_factory: pytest.TempPathFactory) -> Surface:
    return surface(ENGINES, tmp_path_factory.mktemp("engines"))


def shown(
    vllm: Surface, source: str, directory: Path, *cells: CellResult, run: Asked | None = None
) -> SurfaceResult | None:
    wheel = write_wheel(directory, "acme", files={"acme.py": source}, requires=("vllm",))
    opened = open_plugin(str(wheel), directory / "store")
    return confirm(opened, cells, vllm, run or Asked(), store=directory / "store")


def outcomes(result: SurfaceResult | None) -> list[tuple[Confirmation, tuple[str, ...], str | None]]:
    assert result is not None
    return [
        (one.witness.confirmation, one.broken, one.witness.worked_on)
        for one in result.findings
        if one.witness is not None
    ]


def test_each_broken_release_of_the_run_is_tried_and_the_same_is_told_once(
    vllm: Surface, tmp_path: Path
) -> None:
    run = Asked()
    found = shown(vllm, AT_IMPORT, tmp_path, cell("0.12.0", BREAKS), cell("0.13.0", BREAKS), run=run)
    assert outcomes(found) == [(Confirmation.CONFIRMED, ("0.12.0", "0.13.0"), "0.11.0")]
    # What it is compared with is no release of the run.
    assert sorted(run.releases) == ["0.11.0", "0.12.0", "0.13.0"]
    assert found is not None
    assert found.releases == ("0.12.0", "0.13.0")
    (witness,) = [one.witness for one in found.findings if one.witness is not None]
    assert witness.text.endswith("and works on 0.11.0. So on 0.13.0.")


def test_releases_on_which_another_thing_came_of_it_are_apart(vllm: Surface, tmp_path: Path) -> None:
    cells = (cell("0.12.0", BREAKS), cell("0.13.0", BREAKS))
    found = shown(vllm, AT_IMPORT, tmp_path, *cells, run=Asked(broken=("0.13.0",)))
    assert outcomes(found) == [
        (Confirmation.REFUTED, ("0.12.0",), "0.11.0"),
        (Confirmation.CONFIRMED, ("0.13.0",), "0.11.0"),
    ]
    assert found is not None
    assert found.verified == ("0.12.0",)


@pytest.mark.parametrize(
    ("source", "checks", "stand_ins", "expected"),
    [
        (AT_IMPORT, LOADS, (), Confirmation.REFUTED),
        (AT_IMPORT, {"load": PASSED, "register": FAILED}, (), Confirmation.REFUTED),
        (AT_IMPORT, BREAKS, (), Confirmation.CONFIRMED),
        (AT_IMPORT, {}, (), Confirmation.CONFIRMED),
        (AT_IMPORT, {"load": CheckStatus.UNDETERMINED}, (), Confirmation.CONFIRMED),
        (AT_IMPORT, LOADS, ("torch_npu",), Confirmation.CONFIRMED),
        (AT_CALL, LOADS, (), Confirmation.REFUTED),
        (AT_CALL, {"load": PASSED, "register": FAILED}, (), Confirmation.CONFIRMED),
        (AT_CALL, {"load": PASSED}, (), Confirmation.CONFIRMED),
    ],
)
def test_a_plugin_that_came_past_it_refutes_it_whatever_the_program_did(
    vllm: Surface,
    tmp_path: Path,
    source: str,
    checks: Mapping[str, CheckStatus],
    stand_ins: tuple[str, ...],
    expected: Confirmation,
) -> None:
    found = shown(vllm, source, tmp_path, cell("0.13.0", checks, stand_ins=stand_ins))
    assert [confirmation for confirmation, _, _ in outcomes(found)] == [expected]


def test_a_refuted_error_stays_marked_and_neither_it_nor_what_follows_from_it_fails(
    vllm: Surface, tmp_path: Path
) -> None:
    cells = (cell("0.13.0", LOADS),)
    found = shown(vllm, AT_IMPORT, tmp_path, *cells)
    assert found is not None
    assert found.verified == found.releases == ("0.13.0",)
    results = Results(
        tool_version="1",
        started="2026-11-28T00:00:00Z",
        seconds=1.0,
        complete=True,
        engines=(cells[0].cell.engine,),
        platforms=(PLATFORM,),
        plugins=(found.plugin,),
        cells=cells,
        totals=Totals.of(cells),
        surface=(found,),
        asked_for=True,
    )

    marked = mark_known(results, (), dt.date(2026, 11, 28)).results
    (refuted,) = [one for one in marked.surface[0].findings if one.rule == "PM202"]
    assert refuted.known is not None
    assert refuted.known.startswith(
        "Refuted: importing what the entry points of acme name works on vLLM 0.13.0"
    )
    assert decide(marked).exit_code == 0


@pytest.mark.parametrize(
    "other",
    [
        cell("0.13.0", BREAKS, kind=EngineKind.REFERENCE),
        cell("0.13.0", {}, verdict=NotApplicable(Reason.ENGINE_NOT_DECLARED, "")),
        cell("0.99.0", BREAKS),
    ],
)
def test_without_a_cell_on_a_release_that_is_known_nothing_is_told(
    vllm: Surface, tmp_path: Path, other: CellResult
) -> None:
    assert shown(vllm, AT_IMPORT, tmp_path, other) is None


def test_a_cell_that_broke_does_not_keep_a_program_from_being_run(vllm: Surface, tmp_path: Path) -> None:
    broken = cell("0.13.0", BREAKS, verdict=Incompatible(()))
    assert outcomes(shown(vllm, AT_IMPORT, tmp_path, broken)) == [
        (Confirmation.CONFIRMED, ("0.13.0",), "0.11.0")
    ]
