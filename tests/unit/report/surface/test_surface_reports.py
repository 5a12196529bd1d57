"""What `check` finds, in every format: the same facts, bounded, harmless and valid."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.model import (
    Confirmation,
    Evidence,
    Level,
    Results,
    SurfaceFinding,
    SurfaceResult,
    Witness,
)
from plugin_matrix.report import FORMATS, rendered
from plugin_matrix.report.html import html
from plugin_matrix.report.surface import EngineAnswer, Terminal, answer
from plugin_matrix.report.surface.engine import engine_answer
from plugin_matrix.report.surface.fingerprint import PLOT, TOP, fingerprint
from plugin_matrix.report.surface.view import SurfaceView, places, verdict
from plugin_matrix.rules import catalogue

Golden = Callable[[str, str], None]


def only(results: Results, place: int = 0) -> SurfaceResult:
    return results.surface[place]


# ---------------------------------------------------------------- terminal


@pytest.mark.parametrize(
    ("name", "terminal"), [("narrow", Terminal(width=80)), ("ascii", Terminal(100, ascii=True))]
)
def test_the_answer_is_as_it_was(surface: Results, golden: Golden, name: str, terminal: Terminal) -> None:
    golden(f"check-{name}.txt", answer(surface, {}, terminal))


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_answer_fits_its_width(surface: Results, width: int) -> None:
    text = answer(surface, catalogue(), Terminal(width=width))
    # A word that is wider than the terminal, and source, cannot be broken.
    long = [line for line in text.splitlines() if len(line) > max(width, 62)]
    assert not long


def test_colour_says_nothing_that_words_do_not(surface: Results) -> None:
    plain = answer(surface, catalogue(), Terminal())
    coloured = answer(surface, catalogue(), Terminal(colour=True))
    assert coloured != plain
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain


def test_foreign_text_does_no_harm_to_a_terminal(hostile_surface: Results) -> None:
    text = answer(hostile_surface, catalogue(), Terminal(ascii=True))
    assert text.isascii()
    assert not set(text) - set(map(chr, range(32, 127))) - {"\n"}


def test_what_lies_outside_the_declared_range_is_told_in_short(surface: Results) -> None:
    text = answer(replace(surface, surface=(only(surface),), problems=()), catalogue(), Terminal(120))
    assert "  outside the declared range: 1 error, 0 warnings\n" in text
    assert "    PM202 vllm.utils.cdiv at acme/ops.py:7: before 0.9.1\n" in text
    assert "vllm.utils has no cdiv yet." not in text


def test_many_findings_are_counted_and_not_all_told(surface: Results) -> None:
    one = only(surface).findings[-1]
    many = tuple(replace(one, subject=f"vllm.x{number}") for number in range(100))
    text = answer(replace(surface, surface=(replace(only(surface), findings=many),)), {}, Terminal())
    assert "and 75 more findings: see --json or --format html" in text
    assert text.count("error PM201") == 25


# ---------------------------------------------------------------- what all formats show


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (0, ("acme 1.4 breaks on 3 of the 6 releases it declares: >=0.11.1; nothing was found against"
             " 0.9.1-0.11.0. 1 file was not seen through. State vllm>=0.9.1,<0.11.1.")),
        (1, "Nothing was found that breaks good 1.0 on the 7 releases judged."),
        (2, "opaque 1.0: none of its source could be read, so nothing is known."),
        (3, "Nothing was found that breaks pinned 2.0 on the one release it declares."),
    ],
)  # fmt: skip
def test_the_verdict_is_one_sentence(surface: Results, place: int, said: str) -> None:
    assert verdict(SurfaceView(only(surface, place))) == said


def test_the_verdict_of_what_concerns_no_release(surface: Results) -> None:
    nothing = replace(only(surface), releases=(), declared_releases=(), verified=(), findings=())
    assert "nothing was checked" in verdict(SurfaceView(nothing))
    beside = replace(only(surface, 1), declared=">=0.99", declared_releases=())
    assert verdict(SurfaceView(beside)).startswith("good 1.0 declares none of the 7 releases judged;")
    broken = replace(only(surface, 1), verified=())
    assert verdict(SurfaceView(broken)) == "good 1.0 breaks on all the 7 releases judged."


def test_the_verdict_says_that_without_an_entry_point_little_is_certain(surface: Results) -> None:
    one = only(surface, 1)
    alone = replace(one, plugin=replace(one.plugin, entry_points=()))
    assert "It has no entry point" in verdict(SurfaceView(alone))


@pytest.mark.parametrize(
    ("broken", "since", "said"),
    [
        (("0.11.1", "0.12.0", "0.33.0"), "0.11.1", "0.11.1"),
        (("0.11.1",), "0.11.1", "0.11.1"),
        (("0.9.0", "0.33.0"), "0.33.0", "0.33.0 (0.9.0, 0.33.0)"),
        (("0.10.0", "0.11.0"), "0.10.0", "0.10.0 (0.10.0-0.11.0)"),
        (("0.9.0",), None, "before 0.9.1"),
        (("0.9.0", "0.9.1"), None, "before 0.10.0"),
        (("0.9.1",), None, "before 0.10.0"),
        (("0.9.0", "0.9.1", "0.10.0", "0.11.0", "0.11.1", "0.12.0", "0.33.0"), None, "all releases judged"),
        (("0.12.0", "0.33.0"), None, "never worked (>=0.12.0)"),
    ],
)
def test_when_it_broke_is_the_first_release_after_one_that_worked(
    surface: Results, broken: tuple[str, ...], since: str | None, said: str
) -> None:
    finding = replace(only(surface).findings[-1], broken=broken, since=since)
    assert SurfaceView(only(surface)).broke_in(finding) == said


def test_rows_of_the_release_table_are_neighbours_that_fare_alike(surface: Results) -> None:
    view = SurfaceView(only(surface))
    assert [(row.text, row.declared, row.broken, row.errors, row.warnings) for row in view.rows] == [
        ("0.9.0", False, True, "1", "1"),
        ("0.9.1-0.11.0", True, False, "0", "0-1"),
        ("0.11.1-0.33.0", True, True, "1", "0-1"),
    ]
    assert SurfaceView(only(surface, 2)).rows == ()


@pytest.mark.parametrize(
    ("evidence", "occurrences", "said"),
    [
        ((), 1, ""),
        ((("a.py", 3),), 1, "a.py:3"),
        ((("a.py", 3), ("a.py", 9), ("b.py", 1)), 3, "a.py:3,9, b.py:1"),
        ((("a.py", 3), ("b.py", None)), 9, "a.py:3, b.py and 7 more"),
        ((("a.py", 1), ("b.py", 1), ("c.py", 1)), 3, "a.py:1, b.py:1 and 1 more"),
    ],
)
def test_places_are_told_by_file(
    surface: Results, evidence: tuple[tuple[str, int | None], ...], occurrences: int, said: str
) -> None:
    found = tuple(Evidence(file=file, line=line) for file, line in evidence)
    finding = replace(only(surface).findings[-1], evidence=found, occurrences=occurrences)
    assert (
        places(finding, 2 if len(evidence) > 2 and occurrences == 3 and "c.py" in str(evidence) else 3)
        == said
    )


# ---------------------------------------------------------------- JUnit


def test_junit_fails_where_the_plugin_breaks_what_it_declares(surface: Results) -> None:
    document = ET.fromstring(rendered(surface, "junit"))  # noqa: S314 - our own document
    cases = {
        (suite.get("name"), case.get("name")): [child.tag for child in case if child.tag != "system-out"]
        for suite in document
        for case in suite
    }
    acme = {name: tags for (suite, name), tags in cases.items() if suite == "acme==1.4 surface"}
    assert acme == {
        "vllm-0.9.0": ["skipped"],
        "vllm-0.9.1": [],
        "vllm-0.10.0": [],
        "vllm-0.11.0": [],
        "vllm-0.11.1": ["failure"],
        "vllm-0.12.0": ["failure"],
        "vllm-0.33.0": ["failure"],
    }
    assert cases["opaque==1.0 surface", "read"] == ["error"]
    assert cases["missing-plugin", "open"] == ["error"]
    assert {suite for suite, _ in cases} == {
        *(f"{result.plugin.id} surface" for result in surface.surface),
        "missing-plugin",
    }


# ---------------------------------------------------------------- HTML


def test_the_page_says_all_that_was_found(surface: Results) -> None:
    page = html(surface, catalogue()).decode()
    for part in (
        "acme 1.4 breaks on 3 of the 6 releases it declares",
        "vllm&gt;=0.9.1,&lt;0.11.1",
        "vllm.inputs.data",
        "acme/data.py:14",
        "from vllm.config import b",
        "9 places in all",
        "8 advice: works",
        "acme/_kernels.so",
        "none of its source could be read",
        "No distribution is called missing-plugin.",
        "4 plugins, 7 releases of vLLM",
    ):
        assert part in page, part
    assert page.count('<table class="matrix source">') == 1
    assert "Cells by verdict" not in page
    assert page.count('<svg class="fingerprint"') == 3  # nothing is known of the unread one


def test_the_plot_has_a_name_and_a_table_beside_it(surface: Results) -> None:
    page = html(surface, {}).decode()
    for label in re.findall(r'role="img" aria-labelledby="([^"]+)"', page):
        assert f'<title id="{label}">Findings of ' in page
    assert page.count("<h4>Findings per release</h4>") == page.count('<table class="checks">') == 3


def test_bars_are_the_numbers_of_findings(surface: Results) -> None:
    view = SurfaceView(only(surface))
    plot = fingerprint(view)
    assert [column.title for column in plot.columns][:2] == [
        "0.9.0: 1 error, 1 warning",
        "0.9.1: 0 errors, 1 warning, declared",
    ]
    kinds = [[bar.kind for bar in column.bars] for column in plot.columns]
    assert kinds == [
        ["error", "warning"],
        ["warning"],
        ["clean"],
        ["clean"],
        ["error"],
        ["error"],
        ["error", "warning"],
    ]
    assert all(
        bar.y >= TOP - 1 and bar.y + bar.height <= plot.ground + 0.01
        for column in plot.columns
        for bar in column.bars
    )
    assert len(plot.declared) == 6
    assert [tick.text for tick in plot.releases] == ["0.9", "0.10", "0.11", "0.12", "0.33"]


@pytest.mark.parametrize("errors", [0, 1, 2, 3, 7, 11, 40, 99, 101, 5_000])
def test_bars_stay_inside_the_plot_whatever_their_number(surface: Results, errors: int) -> None:
    one = only(surface).findings[-1]
    many = tuple(replace(one, subject=f"x{number}") for number in range(errors))
    plot = fingerprint(SurfaceView(replace(only(surface), findings=many)))
    heights = [sum(bar.height for bar in column.bars) for column in plot.columns]
    assert max(heights) <= PLOT
    assert int(plot.grid[-1].text) >= errors
    assert len({tick.text for tick in plot.grid}) == len(plot.grid)


def test_the_page_of_seventy_releases_and_hundreds_of_findings_stays_small(surface: Results) -> None:
    releases = tuple(InterfaceHistory.load().release_facts)
    one = only(surface).findings[-1]
    many = tuple(
        replace(one, subject=f"vllm.x{number}", broken=releases[number % 60 :]) for number in range(3000)
    )
    large = replace(only(surface), releases=releases, declared_releases=releases, verified=(), findings=many)
    page = html(replace(surface, surface=(large,)), catalogue())
    assert len(page) < 1_500_000
    assert b"and 900 more findings, see results.json" in page


# ---------------------------------------------------------------- all formats


@pytest.mark.parametrize("name", FORMATS)
def test_reports_of_the_same_results_are_the_same_bytes(surface: Results, name: str) -> None:
    results = replace(surface, plugins=surface.plugins[:1], surface=surface.surface[:1])
    assert rendered(results, name) == rendered(results, name)


@pytest.mark.parametrize("name", FORMATS)
def test_hostile_text_makes_no_report_fail(hostile_surface: Results, name: str) -> None:
    content = rendered(hostile_surface, name)
    assert b"\x1b" not in content
    assert b"<script>alert(1)" not in content or name in {"json", "sarif", "markdown"}


# ---------------------------------------------------------------- one engine


def engine_results(surface: Results) -> Results:
    def result(name: str, *broken: str, declared: bool = True) -> SurfaceResult:
        one = only(surface)
        findings = tuple(
            replace(one.findings[-1], subject=f"vllm.{name}", broken=(release,), since=None)
            for release in broken
        )
        return replace(
            one,
            plugin=replace(one.plugin, name=name),
            releases=("0.12.0", "0.33.0"),
            declared_releases=("0.12.0", "0.33.0") if declared else ("0.12.0",),
            verified=tuple({"0.12.0", "0.33.0"} - set(broken)),
            findings=findings,
            unseen=(),
        )

    found = (
        result("old", "0.12.0", "0.33.0"),
        result("sound"),
        result("new", "0.33.0"),
        result("mended", "0.12.0"),
        result("undeclared", "0.33.0", declared=False),
        replace(result("unread"), files=0, verified=()),
    )
    return replace(surface, surface=found)


def test_the_answer_for_an_engine_tells_what_is_new_first(surface: Results, golden: Golden) -> None:
    asked = EngineAnswer(release="0.33.0", before="0.12.0")
    golden("check-engine.txt", engine_answer(engine_results(surface), {}, Terminal(), asked))


def test_the_first_release_has_none_before_it(surface: Results) -> None:
    text = engine_answer(engine_results(surface), {}, Terminal(), EngineAnswer(release="0.33.0", before=None))
    assert "3 of 6 plugins break on vLLM 0.33.0; 1 plugin could not be read." in text
    assert "newly" not in text


def test_levels_are_ordered_and_errors_outside_follow_those_inside(surface: Results) -> None:
    kinds = [(one.level, one.declared) for one in SurfaceView(only(surface)).findings]
    rank = {level: place for place, level in enumerate(Level)}
    assert kinds == sorted(kinds, key=lambda kind: (rank[kind[0]], not kind[1]))


def test_a_finding_of_a_rule_unknown_to_this_version_is_shown(surface: Results) -> None:
    strange = replace(only(surface).findings[-1], rule="PM299")
    results = replace(surface, surface=(replace(only(surface), findings=(strange,)),))
    for name in set(FORMATS) - {"badge"}:
        assert b"PM299" in rendered(results, name)
    assert isinstance(strange, SurfaceFinding)


# ---------------------------------------------------------------- witnesses

CONFIRMED = Witness(
    confirmation=Confirmation.CONFIRMED,
    program="import vllm.inputs.data",
    failed_on="0.11.1",
    said="ModuleNotFoundError: No module named 'vllm.inputs.data'",
    worked_on="0.11.0",
)
NOT_TESTABLE = Witness(confirmation=Confirmation.NOT_TESTABLE, reason="On 0.11.1: no device")


@pytest.mark.parametrize(
    ("witness", "said"),
    [(CONFIRMED, "Confirmed: import vllm.inputs.data fails on"), (NOT_TESTABLE, "Not testable: On 0.11.1")],
)
@pytest.mark.parametrize("name", ["terminal", *(one for one in FORMATS if one != "badge")])
def test_every_format_says_what_running_showed(
    surface: Results, name: str, witness: Witness, said: str
) -> None:
    one = only(surface)
    findings = tuple(
        replace(each, witness=witness if each.level is Level.ERROR else None) for each in one.findings
    )
    results = replace(surface, surface=(replace(one, findings=findings),))
    text = (
        answer(results, {}, Terminal(width=200)) if name == "terminal" else rendered(results, name).decode()
    )
    shown = witness.confirmation.value if name == "json" else said
    assert shown in text.replace("\\", "").replace("&#39;", "'").replace("`", "")
