"""Links of the repository's Markdown lead to files and headings that are there."""

import re
from pathlib import Path

import pytest
from tests.contract.docs.examples import ROOT

from plugin_matrix.report.history.writing import slug

_FENCE = re.compile(r"^[ \t]*(```+).*?^[ \t]*\1[ \t]*$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?P<target>[^)\s#]*)(?:#(?P<anchor>[^)\s]*))?\)")
_HEADING = re.compile(r"^#{1,6}\s+(?P<text>.+?)\s*$", re.MULTILINE)
PAGES = sorted(
    path
    for pattern in (
        "*.md",
        "docs/**/*.md",
        "core/*.md",
        "dockerfiles/*.md",
        "plugins_fixtures/*.md",
        "examples/**/*.md",
    )
    for path in ROOT.glob(pattern)
)


def plain(page: Path) -> str:
    return _FENCE.sub("", page.read_text("utf-8"))


def anchors(page: Path) -> set[str]:
    """Return the anchors of headings: links in them and code marks are not part of it."""
    texts = (re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", one["text"]) for one in _HEADING.finditer(plain(page)))
    found: set[str] = set()
    for text in texts:
        anchor, number = slug(text.replace("`", "")), 0
        while (name := f"{anchor}-{number}" if number else anchor) in found:
            number += 1
        found.add(name)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_something(page: Path) -> None:
    for link in _LINK.finditer(plain(page)):
        target, anchor = link["target"], link["anchor"]
        if "://" in target or target.startswith("mailto:"):
            continue
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), target
        if anchor and file.suffix == ".md":
            assert anchor in anchors(file), f"{target}#{anchor}"


def test_readme_is_among_the_pages() -> None:
    assert ROOT / "README.md" in PAGES
    assert any(_LINK.search(plain(page)) for page in PAGES)
