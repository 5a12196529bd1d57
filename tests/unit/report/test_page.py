"""What the page tells: the gate's decision, filters, and large results in short."""

import re
from collections import Counter
from collections.abc import Callable

import msgspec

from plugin_matrix.model import Incompatible, Results
from plugin_matrix.report.html import MOST_BYTES, html
from plugin_matrix.report.marks import counts
from plugin_matrix.rules import catalogue

from .page_document import Document
from .vast import vast_results


def test_the_decision_says_whose_doing_and_leads_to_the_findings(decided: Results) -> None:
    page = html(decided, catalogue()).decode()
    document = Document(page.encode())
    text = document.text
    for part in (
        "FAILED: 2 findings",
        "gate new, fails on errors that are new and the plugin's doing; exit code 1",
        "held against a baseline of 1 plugin version",
        "The engine's doing. acme==1.4 has it there too.",
        "The plugin's doing. acme==1.4 does not have it there.",
        "One of two identical runs has it.",
        "port under way: see <b>#12</b> |",
        "PM605 nothing of the kind is nowhere in these results",
        "acme==1.5|reference-0.10.1|cpu-py311 disk: no space left",
    ):
        assert part in text, part
    decision = page[page.index('<h2 id="decision">') : page.index("Cells by verdict")]
    linked = re.findall(r'<a href="#([^"]+)">(PM\d+)</a>', decision)
    rules = {rule for _, rule in linked}
    # What is fixed has no place on the page any more.
    assert rules == {"PM202", "PM605", "PM901", "PM902", "PM903", "PM904"}
    for anchor, rule in linked:
        article = page[page.index(f'id="{anchor}"') :][:800]
        assert f"{rule} " in article


def test_plugins_can_be_filtered_by_what_is_new_and_what_is_known(decided: Results) -> None:
    document = Document(html(decided, catalogue()))
    boxes = {box["value"] for box in document.all("input", type="checkbox")}
    assert boxes == {"compatible", "incompatible", "undetermined", "not-applicable", "new", "flaky", "known"}
    marks = {
        part["id"]: str(part["data-marks"]).split() for part in document.all("details", **{"class": "plugin"})
    }
    assert {"new", "flaky", "known", "same"} <= set(marks["acme-1.5"])
    assert not {"new", "flaky", "known"} & set(marks["acme-1.4"])


def test_of_one_plugin_the_matrix_has_its_platforms(small: Results, build: Callable[..., Results]) -> None:
    acme = small.plugins[1]
    cells = [cell for cell in small.cells if cell.cell.plugin == acme.id]
    page = html(build((acme,), cells, platforms=small.platforms), {}).decode()
    assert page.count('<table class="matrix">') == 1
    rows = re.findall(r'<tr><th scope="row">(cpu-py31\d)</th>', page[page.index('<table class="matrix') :])
    assert rows[:2] == ["cpu-py311", "cpu-py312"]
    # There is nothing to choose from.
    assert 'id="filter"' not in page
    assert re.search(r'<details class="plugin"[^>]* open>', page)


def test_large_results_are_told_in_short() -> None:
    # A thousand plugins are opened in tests/browser; a fifth of them takes a fifth of the bytes.
    results = vast_results(plugins=200)
    assert len(results.cells) == 20_000
    assert sum(len(cell.findings) for cell in results.cells) > 10_000
    page = html(results, catalogue())
    assert len(page) < 5_000_000
    text = page.decode()
    # Every square says its verdict.
    squares = Counter(re.findall(r'<td aria-label="([\w ]+)">', text))
    assert squares == {mark.word: number for mark, number in counts(results.totals).items()}
    document = Document(page)
    assert document.open == []
    assert "These results are large" in document.text


def test_texts_that_fill_a_page_are_cut_and_not_the_plugins(
    build: Callable[..., Results], small: Results
) -> None:
    finding = next(cell.findings[0] for cell in small.cells if cell.findings)
    plugins = [msgspec.structs.replace(small.plugins[0], name=f"p{number}") for number in range(150)]
    cells = []
    for one in plugins:
        findings = tuple(
            msgspec.structs.replace(finding, subject=f"{place}" * 900, message="m" * 5_000, hint="h" * 5_000)
            for place in range(30)
        )
        square = msgspec.structs.replace(small.cells[0].cell, plugin=one.id)
        model = msgspec.structs.replace(small.cells[0], id=square.id, cell=square)
        cells.append(msgspec.structs.replace(model, verdict=Incompatible(findings)))
    page = html(build(plugins, cells), {})
    assert len(page) <= MOST_BYTES
    assert page.count(b'<details class="plugin"') == 150
