"""The page: valid, self-contained, harmless, small, and with sums that are right."""

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Callable

import msgspec
import pytest

from plugin_matrix.model import Compatible, Results, Totals
from plugin_matrix.report.html import html
from plugin_matrix.report.marks import VERDICT_MARKS, Mark, counts
from plugin_matrix.rules import catalogue

from .page_document import Document


@pytest.fixture(params=["small", "hostile", "large", "surface", "hostile_surface", "decided", "empty"])
def any_results(request: pytest.FixtureRequest, build: Callable[..., Results]) -> Results:
    if request.param == "empty":
        return build((), (), releases=(), platforms=())
    value: Results = request.getfixturevalue(request.param)
    return value


@pytest.fixture
def document(any_results: Results) -> Document:
    return Document(html(any_results, catalogue()))


@pytest.mark.parametrize("name", ["small", "surface", "decided"])
def test_the_page_is_as_it_was(
    request: pytest.FixtureRequest, golden: Callable[[str, str], None], name: str
) -> None:
    # The rules' texts are the catalogue's business, not this file's.
    golden(f"{name}.html", html(request.getfixturevalue(name), {}).decode())


def test_elements_nest_and_close(document: Document) -> None:
    assert document.open == []


def test_ids_are_unique_and_every_link_leads_somewhere_in_the_page(document: Document) -> None:
    ids = [attributes["id"] for _, attributes in document.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [attributes["href"] for attributes in document.all("a")]
    assert links
    assert all(link and link.startswith("#") and link[1:] in ids for link in links)
    labels = [
        attributes["aria-labelledby"]
        for _, attributes in document.elements
        if "aria-labelledby" in attributes
    ]
    assert set(labels) <= set(ids)


def test_nothing_is_fetched(any_results: Results) -> None:
    page = html(any_results, catalogue()).decode()
    document = Document(page.encode())
    loading = {"src", "srcset", "action", "formaction", "data", "poster", "background", "ping", "style"}
    assert not [name for _, attributes in document.elements for name in attributes if name in loading]
    assert not {"link", "img", "iframe", "object", "embed", "base", "video", "audio"} & set(document.tags)
    style = "".join(document.text_of["style"])
    assert "url(" not in style
    assert "@import" not in style
    assert "fetch(" not in "".join(document.text_of["script"])


def test_only_our_own_style_and_script_may_run(document: Document) -> None:
    (policy,) = (
        attributes["content"]
        for attributes in document.all("meta")
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'")
    for tag in ("style", "script"):
        assert document.tags[tag] == 1
        digest = hashlib.sha256("".join(document.text_of[tag]).encode()).digest()
        assert f"'sha256-{base64.b64encode(digest).decode()}'" in policy


def test_every_header_has_a_scope_and_every_matrix_a_caption(document: Document) -> None:
    assert all(header.get("scope") in {"row", "col"} for header in document.all("th"))
    matrices = [table for table in document.all("table") if "matrix" in (table.get("class") or "")]
    totals = document.all("table", **{"class": "totals"})
    assert document.tags["caption"] == len(matrices) + len(totals)


def matrices(page: str) -> str:
    """Return the part of a page that has the matrices of all plugins."""
    return page[: page.index('<h2 id="plugins">')]


def test_each_square_says_its_verdict_in_words_and_leads_to_its_cell(small: Results) -> None:
    page = matrices(html(small, catalogue()).decode())
    bodies = re.findall(r'<table class="matrix.*?<tbody>(.*?)</tbody>', page, re.DOTALL)
    squares = re.findall(
        r'<td class="([\w-]+)(?: outside)?".*?<span class="sr">([\w ]+)(?:, [^<]*)?</span>.*?</td>',
        "".join(bodies),
    )
    assert [slug.replace("-", " ") for slug, _ in squares] == [word for _, word in squares]
    shown = Counter(word for _, word in squares)
    assert {mark.word: number for mark, number in counts(small.totals).items()} == {
        mark.word: shown[mark.word] for mark in VERDICT_MARKS
    }
    everything = len(small.plugins) * len(small.engines) * len(small.platforms)
    assert shown[Mark.NOT_RUN.word] == everything - small.totals.cells
    assert (
        len(re.findall(r'<td class="[\w -]+"[^>]*><a href="#[^"]+-reference-', "".join(bodies)))
        == small.totals.cells
    )


@pytest.mark.parametrize("name", ["small", "hostile", "large", "decided"])
def test_totals_add_up(request: pytest.FixtureRequest, name: str) -> None:
    any_results: Results = request.getfixturevalue(name)
    page = html(any_results, catalogue()).decode()
    (table,) = re.findall(r'<table class="totals">.*?</table>', page, re.DOTALL)
    rows = [
        [int(number) for number in re.findall(r'<td class="number">(\d+)</td>', row)]
        for row in re.findall(r"<tr>.*?</tr>", table, re.DOTALL)[1:]
    ]
    assert all(sum(verdicts) == cells for *verdicts, cells in rows)
    platforms = rows[: len(any_results.platforms)]
    assert [sum(column) for column in zip(*platforms, strict=True)] == (
        [*counts(any_results.totals).values(), any_results.totals.cells] if platforms else []
    )
    if len(any_results.platforms) > 1:
        assert rows[-1] == [sum(column) for column in zip(*platforms, strict=True)]
    if len(any_results.plugins) < 2:
        return
    feet = re.findall(r"<tfoot>\n<tr><th scope=\"row\"><span.*?</tfoot>", matrices(page), re.DOTALL)
    numbers = [int(number) for foot in feet for number in re.findall(r"<td><span>(\d+)</span></td>", foot)]
    squares = len(any_results.plugins) * len(any_results.engines) * len(any_results.platforms)
    assert sum(numbers) == squares


def test_hostile_text_makes_no_element_and_no_attribute(
    hostile: Results, small: Results, hostile_text: str
) -> None:
    harmless = Document(html(hostile, catalogue()))
    assert harmless.tags["script"] == 1
    assert harmless.tags["img"] == 0
    assert not [name for _, attributes in harmless.elements for name in attributes if name.startswith("on")]
    assert set(harmless.tags) <= set(Document(html(small, catalogue())).tags)
    assert "alert" not in "".join(harmless.text_of["script"])
    assert hostile_text.split("\x1b", maxsplit=1)[0] in harmless.text
    assert "{{ 7*7 }}" in harmless.text


def test_what_cannot_be_seen_is_written_out(hostile: Results) -> None:
    page = html(hostile, catalogue()).decode()
    assert r"\x1b[2J\x00\x07\r\x9b\u202egnp\u2066\u200b\ufffe\U000e0041\u2028" in page
    assert not set(re.findall(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufffe]", page)) - {
        "\n"
    }


def test_what_stands_between_backticks_is_code(small: Results, build: Callable[..., Results]) -> None:
    found = next(result for result in small.cells if result.findings)
    told = msgspec.structs.replace(found.findings[0], hint="Take `<b>x</b>`, `a` and one ` more")
    cell = msgspec.structs.replace(found, verdict=Compatible((told,)))
    page = html(build(small.plugins, (cell,), platforms=small.platforms), {}).decode()
    assert "<p>Take <code>&lt;b&gt;x&lt;/b&gt;</code>, <code>a</code> and one ` more</p>" in page


def test_everything_a_cell_has_is_on_the_page(small: Results) -> None:
    text = Document(html(small, catalogue())).text
    for part in (
        "The second call raised KeyError: acme. 0.6.6 on cpu-py311",
        "0.6.6\N{EN DASH}0.10.1 on cpu-py311; 0.7.0 on cpu-py312",
        "acme/__init__.py:12 register ValueError: already registered",
        "Ten calls left ten handlers.",
        "Return at once when the work is done already.",
        "not-modelled",
        "vllm.attention.layer",
        "acme requires vllm>=0.6",
        "beyond vllm<0.33",
        "registers no model",
        "acme: registering acme: registering",
        "torch is not installed for this Python",
        "enforced: network, user",
        "not to be had here: container",
        "59 MiB",
        "No distribution is called missing-plugin.",
        "The run was interrupted.",
        "2026-11-03 10:00 UTC",
        "vllm.general_plugins acme = acme:register",
        catalogue()["PM605"].summary.replace("`", ""),
    ):
        assert " ".join(part.split()) in text, part


def test_a_rule_this_version_does_not_know_is_shown_by_its_finding(small: Results) -> None:
    text = Document(html(small, {})).text
    assert "does not know the rule" in text
    assert "The second call raised ValueError" in text


def test_a_thousand_cells_stay_small_and_few(large: Results) -> None:
    page = html(large, catalogue())
    assert len(large.cells) == 1025
    assert len(page) < 2_000_000
    assert Document(page).tags.total() < 60_000


def test_an_empty_run_is_a_page_too(build: Callable[..., Results]) -> None:
    text = Document(html(build((), ()), catalogue())).text
    assert "0 plugins, 5 engines, 1 platform, 0 cells" in text
    assert "No plugin was opened." in text
    assert Totals.of(()) == build((), ()).totals


def luminance(colour: str) -> float:
    """Return the relative luminance of `#rgb` or `#rrggbb` (WCAG 2.2)."""
    digits = colour.removeprefix("#")
    pairs = [digit * 2 for digit in digits] if len(digits) == 3 else re.findall("..", digits)
    parts = [int(pair, 16) / 255 for pair in pairs]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


GROUNDS = {
    "page": ("ink", "soft", "link", "good-ink", "bad-ink", "unsure-ink", "none-ink"),
    "card": ("ink", "soft", "link", "good-ink", "bad-ink", "unsure-ink", "none-ink"),
    "code": ("ink", "soft"),
    "good": ("good-ink",),
    "bad": ("bad-ink",),
    "unsure": ("unsure-ink",),
    "none": ("none-ink",),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_in_light_and_in_dark(small: Results, scheme: str) -> None:
    style = "".join(Document(html(small, {})).text_of["style"])
    light, dark = re.findall(r":root \{(.*?)\}", style, re.DOTALL)[:2]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]+);", light if scheme == "light" else dark))
    for ground, inks in GROUNDS.items():
        for ink in inks:
            darker, lighter = sorted((luminance(colours[ink]), luminance(colours[ground])))
            contrast = (lighter + 0.05) / (darker + 0.05)
            assert contrast >= 4.5, f"{ink} on {ground}: {contrast:.2f}"
