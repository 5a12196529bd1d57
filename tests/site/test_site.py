"""The built site: every link and anchor leads somewhere, nothing is loaded from elsewhere, search finds."""

import json
import os
import zlib
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec
import pytest

import plugin_matrix

SITE = Path(os.environ.get("PLUGIN_MATRIX_SITE", "site")).resolve()
LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}
"""Elements by which a page makes the browser fetch something, and the attribute that says what."""
pytestmark = pytest.mark.skipif(not SITE.is_dir(), reason="`nox -s docs` builds the site first")


class Page(msgspec.Struct):
    """What a page has and asks for."""

    anchors: set[str]
    links: list[str]
    loaded: list[str]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page(set(), [], [])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.page.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.page.links.append(given["href"])
        wanted = LOADED.get(tag)
        if wanted in given and not (tag == "link" and "canonical" in given.get("rel", "")):
            self.page.loaded.append(given[wanted])


def read(path: Path) -> Page:
    reader = _Reader()
    reader.feed(path.read_text("utf-8"))
    return reader.page


@pytest.fixture(scope="module")
def pages() -> dict[Path, Page]:
    return {path: read(path) for path in SITE.rglob("*.html")}


def test_every_link_and_anchor_leads_somewhere(pages: dict[Path, Page]) -> None:
    lost = []
    for path, page in pages.items():
        if path.name == "404.html":  # its links begin at the root of wherever the site is put
            continue
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            anchors = pages[target].anchors if target in pages else set()
            if not target.exists() or (parts.fragment and unquote(parts.fragment) not in anchors):
                lost.append(f"{path.relative_to(SITE)}: {link}")
    assert not lost


def test_nothing_is_loaded_from_elsewhere(pages: dict[Path, Page]) -> None:
    every = {address for page in pages.values() for address in page.loaded}
    assert every
    assert [address for address in every if urlsplit(address).netloc] == []
    for sheet in SITE.rglob("*.css"):
        text = sheet.read_text("utf-8")
        assert "url(http" not in text, sheet
        assert "@import" not in text, sheet


def test_rules_releases_and_guides_can_be_searched() -> None:
    index = json.loads((SITE / "search" / "search_index.json").read_text("utf-8"))
    found = {entry["location"].partition("#")[0] for entry in index["docs"]}
    assert {"rules/PM605.html", "history/0.33.html", "guides/offline.html", "api.html"} <= found


def test_the_inventory_holds_exactly_the_public_interface() -> None:
    content = (SITE / "objects.inv").read_bytes()
    lines = zlib.decompress(content.split(b"\n", 4)[4]).decode().splitlines()
    names = {line.split()[0] for line in lines if line.split()[0].count(".") == 1}
    assert names == {f"plugin_matrix.{name}" for name in plugin_matrix.__all__}
