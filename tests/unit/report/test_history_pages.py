"""Pages about what releases changed: in step with the data, complete, and every link leads somewhere."""

from pathlib import Path

import pytest

from plugin_matrix import catalogue
from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.report.history.changes import Changes, judged_by
from plugin_matrix.report.history.members import Kind, Member, kind_of
from plugin_matrix.report.history.pages import pages
from plugin_matrix.report.history.release_page import place_of
from plugin_matrix.report.history.writing import code, linked, slug
from plugin_matrix.surface.resolver import Surface
from plugin_matrix.surface.store import SurfaceIndex

DIRECTORY = Path(__file__).parents[3] / "docs" / "history"
VLLM = "https://github.com/vllm-project/vllm/blob"


@pytest.fixture(scope="module")
def changes() -> Changes:
    return Changes.load(Surface(SurfaceIndex.shipped()))


def test_the_pages_are_in_step_with_the_data(changes: Changes) -> None:
    written = {path.name: path.read_text("utf-8") for path in DIRECTORY.glob("*.md")}
    assert written == pages(changes), "python -m plugin_matrix.report.history.pages docs/history"


def test_every_release_and_every_subject_has_its_section(changes: Changes) -> None:
    texts = pages(changes)
    for release in changes.history.releases:
        page, _, _ = place_of(release).partition("#")
        assert f"\n## {release}\n" in texts[page]
        assert f"]({place_of(release)})" in texts["index.md"]
    for dimension in changes.history.dimensions.values():
        assert f"### {dimension.summary}\n" in texts["interface.md"]


def test_every_step_stands_on_the_page_of_its_release(changes: Changes) -> None:
    texts = pages(changes)
    releases = changes.history.releases
    for dimension in changes.history.dimensions.values():
        for step in dimension.steps:
            if step.since in releases:
                assert step.text in texts[place_of(step.since).partition("#")[0]]


def test_every_subject_says_which_rules_judge_by_it() -> None:
    assert judged_by().keys() == InterfaceHistory.load().dimensions.keys()
    assert {rule for rules in judged_by().values() for rule in rules} <= catalogue().keys()


def test_what_moved_is_told_with_its_new_place(changes: Changes) -> None:
    moved = {one.path: one.homes for one in changes.of("0.11.1").names}
    assert moved["vllm.utils.cdiv"][0] == "vllm.utils.math_utils.cdiv"
    backend = {one.path: one.homes for one in changes.of("0.14.0").names}
    assert backend["vllm.attention.backends.abstract.AttentionBackend"] == (
        "vllm.v1.attention.backend.AttentionBackend",
    )
    assert "vllm.attention.backends.abstract" in {one.path for one in changes.of("0.14.0").modules}


def test_what_a_module_merely_imported_is_nothing_that_left_it(changes: Changes) -> None:
    assert "vllm.attention.layer.ColumnParallelLinear" not in {one.path for one in changes.of("0.11.1").names}


def member(signature: str, *, body: str = "impl", decorators: str = "", gone: bool = False) -> Member:
    return Member("1", signature, decorators, body, gone=gone)


@pytest.mark.parametrize(
    ("before", "now", "kind"),
    [
        (None, member("(self)"), Kind.NEW),
        (member("", gone=True), member("(self)"), Kind.NEW),
        (member("(self)"), member("", gone=True), Kind.GONE),
        (None, member("", gone=True), None),
        (member("(self, a)"), member("(self, a, b=1)"), Kind.CHANGED),
        (member("(self, a=1)"), member("(self, a=2)"), Kind.CHANGED),
        (member("(self, a)"), member("(self, *, a)"), Kind.CHANGED),
        (member("(self, a: Optional[int])"), member("(self, a: int | None) -> str"), Kind.ANNOTATED),
        (member("(self)"), member("(self)", body="raises"), Kind.CHANGED),
        (member("(self)"), member("(self)", decorators="abstractmethod"), Kind.CHANGED),
        (member("(self)"), member("(self)", decorators="deprecated('soon')"), None),
        (member("attr: int", body="attr"), member("attr: str", body="attr"), Kind.ANNOTATED),
        (member("attr: int", body="attr"), member("(self) -> int", decorators="property"), Kind.CHANGED),
    ],
)
def test_a_member_changed_when_a_call_or_a_subclass_can_notice(
    before: Member | None, now: Member, kind: Kind | None
) -> None:
    assert kind_of(before, now) is kind


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("vllm/envs.py:394", f"[`vllm/envs.py:394`]({VLLM}/v0.7.0/vllm/envs.py#L394)"),
        ("vllm/envs.py:3-9", f"[`vllm/envs.py:3-9`]({VLLM}/v0.7.0/vllm/envs.py#L3-L9)"),
        ("pyproject.toml:45", f"[`pyproject.toml:45`]({VLLM}/v0.7.0/pyproject.toml#L45)"),
        (
            "vllm/plugins/__init__.py:8",
            f"[`plugins/__init__.py:8`]({VLLM}/v0.7.0/vllm/plugins/__init__.py#L8)",
        ),
        ("0.33.0 vllm/a.py:1", f"0.33.0 [`vllm/a.py:1`]({VLLM}/v0.33.0/vllm/a.py#L1)"),
        (
            "vllm/a.py; vllm/b.py:2",
            f"[`vllm/a.py`]({VLLM}/v0.7.0/vllm/a.py); [`vllm/b.py:2`]({VLLM}/v0.7.0/vllm/b.py#L2)",
        ),
        ("", ""),
    ],
)
def test_a_source_leads_to_its_line_in_its_release(source: str, expected: str) -> None:
    assert linked(source, "0.7.0") == expected


def test_code_stays_one_cell_of_a_table() -> None:
    assert code("a: int") == "`a: int`"
    assert "|" not in code("int | None")
    assert "*" not in code("f(*a) | `b`")


@pytest.mark.parametrize(
    ("heading", "expected"), [("0.5.3.post1", "053post1"), ("VLLM_* it does not", "vllm_-it-does-not")]
)
def test_headings_have_the_anchor_that_sites_give_them(heading: str, expected: str) -> None:
    assert slug(heading) == expected
