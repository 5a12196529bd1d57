"""Markdown for a step's summary: the answers first, bounded, and foreign text stays text."""

import re
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from plugin_matrix.model import Incompatible, Plugin, Results, Totals
from plugin_matrix.report.markdown import MOST_BYTES, markdown
from plugin_matrix.rules import catalogue

Golden = Callable[[str, str], None]


@pytest.mark.parametrize("name", ["small", "surface", "decided"])
def test_the_document_is_as_it_was(request: pytest.FixtureRequest, golden: Golden, name: str) -> None:
    golden(f"{name}.md", markdown(request.getfixturevalue(name), {}).decode())


def test_the_answers_come_before_the_findings(surface: Results, small: Results) -> None:
    text = markdown(surface, {}).decode()
    assert text.index("acme 1.4 breaks on") < text.index("## acme 1.4")
    text = markdown(small, {}).decode()
    assert text.index("| `acme==1.4` |") < text.index("## acme 1.4")
    assert text.index("The run was interrupted") < text.index("## acme 1.4")


def test_the_decision_is_told_with_whose_doing_it_is(decided: Results) -> None:
    text = markdown(decided, {}).decode()
    assert "**✗ FAILED: 2 findings**" in text
    statuses = ("**new**", "**same**", "**fixed**", "**flaky**")
    for part in (*statuses, "The engine's doing.", "The plugin's doing."):
        assert part in text, part
    assert "stale known problem: PM605 nothing of the kind" in text
    assert "- **known problem** port under way: see" in text


def test_a_table_of_one_plugin_has_its_releases_by_platform(
    small: Results, build: Callable[..., Results]
) -> None:
    acme = small.plugins[1]
    cells = [cell for cell in small.cells if cell.cell.plugin == acme.id]
    text = markdown(build((acme,), cells, platforms=small.platforms), {}).decode()
    assert "| vLLM | cpu-py311 | cpu-py312 |" in text
    assert "| 0.5.5 | \N{EN DASH} not applicable | \N{EN DASH} not applicable |" in text
    assert "| 0.7.0 | ✗ incompatible | ✗ incompatible |" in text


def test_many_releases_become_ranges(large: Results) -> None:
    text = markdown(large, {}).decode()
    assert "| plugin | ✓ compatible | ✗ incompatible | ? undetermined | \N{EN DASH} not applicable |" in text
    assert max(map(len, text.splitlines())) < 2_000


def many(results: Results, plugins: int, findings: int) -> Results:
    """Return results of so many plugins, each with so many findings of long texts."""
    model = results.cells[0]
    finding = next(cell.findings[0] for cell in results.cells if cell.findings)
    tested = [replace(results.plugins[0], name=f"plugin-{number:04}") for number in range(plugins)]
    cells = tuple(
        replace(
            model,
            id=f"{one.id}|{model.cell.engine.id}|{model.cell.platform.id}",
            cell=replace(model.cell, plugin=one.id),
            verdict=Incompatible(
                tuple(replace(finding, subject=f"s{number}", message="m" * 400) for number in range(findings))
            ),
        )
        for one in tested
    )
    return replace(results, plugins=tuple(tested), cells=cells, totals=Totals.of(cells))


def test_the_document_is_cut_by_section_below_a_mebibyte(small: Results) -> None:
    content = markdown(many(small, 1000, 10), catalogue())
    assert MOST_BYTES / 2 < len(content) < 2**20
    text = content.decode()
    assert re.search(r"\*\d+ more plugins left out: see `results.json`\.\*", text)
    shown = re.findall(r"^## (plugin-\d+) 1\.0$", text, re.MULTILINE)
    # What is shown is shown whole.
    assert text.count("### error:") == 10 * len(shown)


def test_no_plugin_pushes_out_the_others(small: Results) -> None:
    results = many(small, 3, 10)
    huge = many(small, 1, 5000)
    cells = (*huge.cells, *results.cells[1:])
    text = markdown(replace(results, cells=cells, totals=Totals.of(cells)), {}).decode()
    assert "## plugin-0002" in text
    assert "*and 4950 more findings: see `results.json`*" in text


@pytest.mark.parametrize("name", ["hostile", "hostile_surface"])
def test_foreign_text_is_no_markup(request: pytest.FixtureRequest, name: str) -> None:
    text = markdown(request.getfixturevalue(name), {}).decode()
    outside = re.sub(r"(?s)(`{3,})python\n.*?\n\1|(`+)(?!`).*?(?<!`)\2(?!`)", "", text)
    allowed = re.sub(r"</?(details|summary|sub)>", "", outside)
    assert not re.search(r"(?<!\\)<", allowed)
    assert not re.search(r"(?<!\\)\[", allowed)
    assert not set("\x1b\x00\x07\x9b\u202e\u2066\u200b\ufffe\u2028") & set(text)


def test_a_pipe_in_a_name_ends_no_column(small: Results) -> None:
    named: Plugin = replace(small.plugins[0], name="a|b")
    cells = tuple(
        replace(cell, cell=replace(cell.cell, plugin=named.id))
        for cell in small.cells
        if cell.cell.plugin == small.plugins[0].id
    )
    results = replace(small, plugins=(named, small.plugins[1]), cells=cells, totals=Totals.of(cells))
    rows = [row for row in markdown(results, {}).decode().splitlines() if row.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {len(small.engines) + 2}


def test_an_empty_run_is_said_to_be_empty(build: Callable[..., Results]) -> None:
    assert "Nothing was run." in markdown(build((), ()), {}).decode()
