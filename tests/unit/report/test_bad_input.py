"""Whatever a plugin's texts are and whatever shows them, every format is readable and does no harm."""

import io
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from plugin_matrix.model import Blame, Change, Decision, GateMode, Level, Results, Status, Undecided
from plugin_matrix.model.decision import StaleProblem, StaleReason
from plugin_matrix.report import FORMATS, print_results, read_results, render, write_results
from plugin_matrix.report.decision import changes_lines, decision_text
from plugin_matrix.report.surface import EngineAnswer, Terminal, answer
from plugin_matrix.report.surface.engine import engine_answer
from plugin_matrix.report.told_findings import explain_findings, told_findings
from plugin_matrix.rules import catalogue

from .made import HOSTILE

UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
SPELT_OUT = r"\x1b[2J"


@pytest.fixture
def worst(hostile: Results, hostile_surface: Results) -> Results:
    """Return hostile cells, hostile source and a hostile decision in one."""
    told = hostile.plugins[0]
    changes = tuple(
        Change(
            plugin=told.id,
            where=HOSTILE,
            engines=("0.5.5",),
            fingerprint="00",
            rule=HOSTILE,
            subject=HOSTILE,
            level=Level.ERROR,
            status=status,
            blame=Blame.PLUGIN,
            because=HOSTILE,
            known=HOSTILE,
        )
        for status in Status
    )
    decision = Decision(
        mode=GateMode.NEW,
        fail_on=Level.ERROR,
        exit_code=1,
        baseline=(HOSTILE,),
        changes=changes,
        stale=(StaleProblem(rule="PM605", symbol=HOSTILE, until=HOSTILE, reason=StaleReason.EXPIRED),),
        undecided=(Undecided(HOSTILE, HOSTILE),),
    )
    return msgspec.structs.replace(hostile, surface=hostile_surface.surface, decision=decision)


def unseen(text: str) -> set[str]:
    """Return the characters of `text` that nobody sees or that turn what is seen around."""
    return {char for char in text if unicodedata.category(char) in UNSEEN} - {"\n", "\t"}


def printed(results: Results) -> str:
    written = io.StringIO()
    print_results(results, Console(file=written, width=120))
    return written.getvalue()


PLAIN: dict[str, Callable[[Results], str]] = {
    "the terminal": printed,
    "the answer of check": lambda results: answer(results, catalogue(), Terminal()),
    "the answer of check-engine": lambda results: engine_answer(
        results, catalogue(), Terminal(), EngineAnswer("0.33.0", "0.12.0")
    ),
    "the decision": lambda results: decision_text(results.decision, same=True) if results.decision else "",
    "the differences": lambda results: "\n".join(
        changes_lines(results.decision.changes if results.decision else (), same=True)
    ),
    "an explanation": lambda results: explain_findings(tuple(told_findings(results)), catalogue()),
}


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_unseen_is_in_any_file(worst: Results, tmp_path: Path, name: str) -> None:
    for path in render(worst, tmp_path, (name,)):
        text = path.read_bytes().decode()
        assert text
        assert unseen(text) == set(), path.name


@pytest.mark.parametrize("name", PLAIN)
def test_nothing_unseen_is_printed(worst: Results, name: str) -> None:
    text = PLAIN[name](worst)
    assert unseen(text) == set()
    assert SPELT_OUT in text.replace("\n", "").replace(" ", "") or SPELT_OUT in text


@pytest.mark.parametrize("name", ["html", "markdown", "junit"])
def test_no_markup_of_a_plugin_s_is_markup(worst: Results, tmp_path: Path, name: str) -> None:
    (path,) = render(worst, tmp_path, (name,))
    text = path.read_text(encoding="utf-8")
    if name == "markdown":
        # Code is shown as it stands; outside of it nothing may open an element.
        text = re.sub(r"(?s)(`{3,})python\n.*?\n\1|(`+)(?!`).*?(?<!`)\2(?!`)", "", text)
    assert not re.search(r"(?<!\\)<(script>alert|img src=x)", text)


def test_results_come_back_as_they_were(worst: Results, tmp_path: Path) -> None:
    write_results(worst, tmp_path / "results.json")
    assert read_results(tmp_path / "results.json") == worst


@pytest.mark.parametrize("name", PLAIN)
def test_no_colour_is_written_where_nobody_looks_on(
    decided: Results, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for variable in ("FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(variable, raising=False)
    assert "\x1b" not in PLAIN[name](decided)
