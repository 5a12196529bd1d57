"""The page in a browser: from a file, by mouse and by keyboard, with and without JavaScript, on paper."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

Show = Callable[..., "Page"]


def visible(page: "Page", selector: str) -> list[str]:
    """Return the ids of what can be seen of `selector`."""
    found: list[str] = page.eval_on_selector_all(
        selector, "all => all.filter(one => one.checkVisibility()).map(one => one.id || one.dataset.plugin)"
    )
    return found


def in_view(page: "Page", selector: str) -> bool:
    """Tell whether an element can be seen without scrolling."""
    found: bool = page.locator(selector).first.evaluate(
        "one => { const box = one.getBoundingClientRect();"
        " return one.checkVisibility() && box.top >= 0 && box.top < innerHeight; }"
    )
    return found


def focused(page: "Page") -> str:
    name: str = page.evaluate(
        "() => { const one = document.activeElement; return one.title || one.parentElement.title; }"
    )
    return name


# ---------------------------------------------------------------- by mouse


def test_a_square_leads_to_its_cell_the_cell_to_its_finding_and_that_to_its_rule(show: Show) -> None:
    page = show("several")
    assert visible(page, "article.cause") == []
    page.locator('td[title^="acme==1.4 on 0.10.1"] a').first.click()
    row = "#acme-1\\.4-reference-0\\.10\\.1-cpu-py311"
    assert in_view(page, row)
    page.locator(row).get_by_role("link", name="PM605").click()
    assert in_view(page, "#acme-1\\.4-PM605")
    page.locator("#acme-1\\.4-PM605").get_by_role("link").first.click()
    assert in_view(page, "#rule-PM605")
    page.go_back()
    assert in_view(page, "#acme-1\\.4-PM605")


def test_the_decision_leads_to_what_it_rests_on(show: Show) -> None:
    page = show("decided")
    assert page.locator("#decision").inner_text().endswith("FAILED: 2 findings")
    page.locator(".decision").get_by_role("link", name="PM904").click()
    article = page.locator(":target")
    assert article.evaluate("one => one.checkVisibility()")
    assert "Importing wrote a file." in article.inner_text()


def test_a_link_to_a_cell_opens_its_plugin(show: Show) -> None:
    page = show("several", "#acme-1.4-reference-0.33.0-cpu-py312")
    assert in_view(page, "#acme-1\\.4-reference-0\\.33\\.0-cpu-py312")
    assert visible(page, "details.plugin[open]") == ["acme-1.4"]


def test_a_link_into_what_is_filtered_out_shows_it(show: Show) -> None:
    page = show("several")
    page.fill("#find", "quiet")
    page.evaluate("location.hash = '#acme-1.4-PM605'")
    page.wait_for_function("document.getElementById('acme-1.4-PM605').checkVisibility()")


def test_open_all_and_close_all(show: Show) -> None:
    page = show("several")
    page.click("#open")
    assert page.locator("details.plugin[open]").count() == 3
    page.click("#close")
    assert page.locator("details.plugin[open]").count() == 0


# ---------------------------------------------------------------- search and filters


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("acme", ["acme-1.4"]),
        ("ACME pm607", ["acme-1.4"]),
        ("ten handlers", ["acme-1.4"]),
        ("attention.layer", ["quiet-1.0"]),
        ("nothing of the kind", []),
    ],
)
def test_search_finds_whatever_a_plugin_s_part_says(show: Show, words: str, found: list[str]) -> None:
    page = show("several")
    page.fill("#find", words)
    assert visible(page, "details.plugin") == found
    # Each of two matrices has a row for each plugin.
    assert visible(page, "tr[data-plugin]") == found * 2
    assert page.locator("#found").inner_text() == f"{len(found)} of 3 plugins"
    # Sums are of all plugins: they would be wrong here.
    assert not page.locator(".matrix tfoot").first.is_visible()
    page.locator("#find").press("Escape")
    assert len(visible(page, "details.plugin")) == 3
    assert page.locator("#found").inner_text() == ""


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize(
    ("boxes", "found"),
    [
        (("incompatible",), ["acme-1.4"]),
        (("undetermined",), ["quiet-1.0"]),
        (("compatible", "undetermined"), ["good-1.0", "quiet-1.0"]),
        (("not-applicable",), []),
    ],
)
def test_verdicts_filter_with_and_without_javascript(
    show: Show, boxes: tuple[str, ...], found: list[str], *, scripts: bool
) -> None:
    page = show("several", java_script_enabled=scripts)
    for box in boxes:
        page.check(f"#only-{box}")
    shown = [
        one for one in ("acme-1.4", "good-1.0", "quiet-1.0") if page.locator(f"[id='{one}']").is_visible()
    ]
    assert shown == found
    rows = page.locator("tr[data-plugin]")
    assert sum(rows.nth(place).is_visible() for place in range(rows.count())) == 2 * len(found)
    assert not page.locator(".matrix tfoot").first.is_visible()


def test_without_javascript_everything_is_there_and_nothing_that_does_not_work(show: Show) -> None:
    page = show("decided", java_script_enabled=False)
    assert not page.locator("#find").is_visible()
    assert not page.locator("#open").is_visible()
    page.locator("[id='acme-1.5'] > summary").click()
    assert page.get_by_text("Importing wrote a file.").first.is_visible()


def test_what_is_new_and_what_is_known_can_be_filtered(show: Show) -> None:
    page = show("decided")
    page.check("#only-known")
    assert visible(page, "details.plugin") == ["acme-1.5"]
    assert page.locator("#found").inner_text() == "1 of 2 plugins"


# ---------------------------------------------------------------- by keyboard


def test_the_first_stop_skips_to_the_matrix(show: Show) -> None:
    page = show("several")
    page.keyboard.press("Tab")
    assert page.locator(".skip").evaluate("one => one === document.activeElement && one.offsetLeft >= 0")
    page.keyboard.press("Enter")
    assert page.url.endswith("#matrix")


def test_arrow_keys_walk_the_matrix_which_is_one_stop(show: Show) -> None:
    page = show("several")
    squares = page.locator("table.matrix").first.locator("tbody td a")
    assert squares.evaluate_all("all => all.filter(one => one.tabIndex === 0).length") == 1
    squares.first.focus()
    walked = [focused(page)]
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
        walked.append(focused(page))
    starts = [text.partition(":")[0] for text in walked]
    assert starts == [
        "acme==1.4 on 0.6.6",
        "acme==1.4 on 0.10.1",
        "good==1.0 on 0.10.1",
        "good==1.0 on 0.6.6",
        "good==1.0 on 0.6.6",
        "acme==1.4 on 0.6.6",
    ]
    page.keyboard.press("Enter")
    assert in_view(page, "#acme-1\\.4-reference-0\\.6\\.6-cpu-py311")


def test_arrow_keys_pass_over_rows_that_are_filtered_out(show: Show) -> None:
    page = show("several")
    page.check("#only-compatible")
    page.check("#only-undetermined")
    page.locator('td[title^="good==1.0 on 0.6.6"] a').first.focus()
    page.keyboard.press("ArrowDown")
    assert focused(page).startswith("quiet==1.0 on 0.6.6")


def test_a_slash_goes_to_the_search(show: Show) -> None:
    page = show("several")
    page.keyboard.press("/")
    page.keyboard.type("quiet/")
    assert page.input_value("#find") == "quiet/"


def test_what_has_the_focus_can_be_seen(show: Show) -> None:
    page = show("several")
    for _ in range(12):
        page.keyboard.press("Tab")
        style = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
        assert style != "none", page.evaluate("() => document.activeElement.outerHTML")


# ---------------------------------------------------------------- for everyone


def test_squares_and_sections_have_names(show: Show) -> None:
    page = show("several")
    table = page.get_by_role("table", name="Plugins by vLLM release on cpu-py311")
    assert table.get_by_role("link", name="incompatible, 1 error", exact=True).count() == 3
    assert table.get_by_role("rowheader", name="acme 1.4").count() == 1
    assert table.get_by_role("columnheader").all_inner_texts() == ["Plugin", "0.6.6", "0.10.1", "0.33.0"]
    assert page.get_by_role("navigation", name="Sections").count() == 1
    assert page.get_by_role("searchbox", name="Find").count() == 1


def test_compact_squares_say_their_verdicts_too(show: Show) -> None:
    page = show("vast")
    first = page.locator("table.matrix tbody tr").first
    assert first.get_by_role("cell", name="compatible", exact=True).count() > 40


@pytest.mark.parametrize("name", ["several", "decided", "hostile"])
def test_headings_skip_no_level(show: Show, name: str) -> None:
    page = show(name)
    levels: list[int] = page.eval_on_selector_all(
        "h1, h2, h3, h4", "all => all.map(one => Number(one.tagName[1]))"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


@pytest.mark.parametrize("width", [360, 768])
@pytest.mark.parametrize("name", ["several", "decided", "hostile"])
def test_a_narrow_screen_scrolls_tables_and_not_the_page(show: Show, name: str, width: int) -> None:
    page = show(name, viewport={"width": width, "height": 800})
    page.evaluate("() => document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width


# ---------------------------------------------------------------- hostile, vast, on paper


def test_nothing_of_a_plugin_s_runs_or_shows_as_markup(show: Show) -> None:
    page = show("hostile")
    page.evaluate("() => document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert page.locator("main img, main script, main iframe").count() == 0
    assert "<script>alert(1)</script>" in page.locator("main").inner_text()
    # `show` fails the test for any dialog, request or complaint.


def test_a_thousand_plugins_on_a_hundred_releases_open_and_are_searched(
    show: Show, pages: Callable[[str], Path]
) -> None:
    assert pages("vast").stat().st_size < 10_000_000
    page = show("vast")
    assert page.locator("table.matrix tbody tr").count() == 1000
    assert page.locator("table.matrix tbody td").count() == 100_000
    page.fill("#find", "plugin-0777")
    assert visible(page, "details.plugin") == ["plugin-0777-1.0"]
    assert page.locator("#found").inner_text() == "1 of 1000 plugins"


def test_paper_has_every_part_and_no_controls(show: Show, pictures: Path) -> None:
    page = show("decided")
    page.emulate_media(media="print")
    assert not page.locator("#filter").is_visible()
    # Told by the style alone, should no script run before the page is printed.
    text = page.get_by_text("Importing wrote a file.").first
    assert text.evaluate("one => one.getBoundingClientRect().height > 0")
    page.pdf(path=pictures / "decided.pdf", prefer_css_page_size=True)
    assert (pictures / "decided.pdf").read_bytes().startswith(b"%PDF")


def test_a_hundred_releases_fit_a_sheet_of_paper(show: Show) -> None:
    # 281 mm of A4 across, at 96 pixels an inch.
    page = show("vast", viewport={"width": 1062, "height": 700})
    page.emulate_media(media="print")
    assert page.locator("table.matrix").evaluate("one => one.offsetWidth") <= 1062


LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "narrow": {"viewport": {"width": 390, "height": 844}},
}


@pytest.mark.parametrize("name", ["several", "decided"])
@pytest.mark.parametrize("look", LOOKS)
def test_pictures_are_taken_to_be_looked_at(show: Show, pictures: Path, name: str, look: str) -> None:
    page = show(name, **LOOKS[look])
    page.locator("details.plugin > summary").first.click()
    path = pictures / f"{name}-{look}.png"
    page.screenshot(path=path, full_page=True)
    assert path.stat().st_size > 20_000
    ground = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    bright = sum(map(int, ground.removeprefix("rgb(").removesuffix(")").split(","))) > 3 * 128
    assert bright is (look != "dark")
