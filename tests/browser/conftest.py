"""A browser that shows pages from files, and the pages."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.report.decided import decided_results
from tests.unit.report.made import (
    HOSTILE,
    PY311,
    PY312,
    cell,
    finding,
    plugin,
    results,
    surface_finding,
)
from tests.unit.report.vast import vast_results

from plugin_matrix.model import (
    Cause,
    Compatible,
    Incompatible,
    Level,
    Plugin,
    Results,
    SurfaceResult,
    Undetermined,
)
from plugin_matrix.report.html import html
from plugin_matrix.rules import catalogue

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
)
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OpenPage = Callable[..., "Page"]


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Browser]":
    """Return a Chromium of the machine's; nothing is downloaded."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="THE PAGE WAS NOT OPENED IN A BROWSER: there is no playwright"
    )
    configured = os.environ.get("PLUGIN_MATRIX_CHROMIUM")
    path = configured or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("THE PAGE WAS NOT OPENED IN A BROWSER: none of " + ", ".join(NAMES) + " is installed")
    with playwright.sync_playwright() as running:
        # A directory of its own for the profile: whatever else runs on the machine is left alone.
        os.environ["TMPDIR"] = str(tmp_path_factory.mktemp("browser"))
        started = running.chromium.launch(executable_path=path, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return the file of a page by the name of its results; each is made once."""
    directory = tmp_path_factory.mktemp("pages")

    def file(name: str) -> Path:
        path = directory / f"{name}.html"
        if not path.exists():
            path.write_bytes(html(RESULTS[name](), catalogue()))
        return path

    return file


def _strange(address: str, file: str) -> list[str]:
    return [] if address.startswith(file) else [f"request: {address}"]


@pytest.fixture
def show(browser: "Browser", pages: Callable[[str], Path]) -> "Iterator[OpenPage]":
    """Return what opens a page; whatever it complains of or asks the network for fails the test."""
    contexts = []
    troubles: list[str] = []

    def shown(name: str, fragment: str = "", **options: Any) -> "Page":
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        # A busy machine is slow and no failure.
        context.set_default_timeout(300_000)
        contexts.append(context)
        page = context.new_page()
        file = pages(name).as_uri()
        page.on("console", lambda message: troubles.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: troubles.append(f"error: {error}"))
        page.on("dialog", lambda dialog: troubles.append(f"dialog: {dialog.message}"))
        page.on("request", lambda one: troubles.extend(_strange(one.url, file)))
        page.goto(file + fragment)
        return page

    yield shown
    for context in contexts:
        context.close()
    assert troubles == []


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory for pictures to be looked at: PLUGIN_MATRIX_PICTURES, or one that is forgotten."""
    configured = os.environ.get("PLUGIN_MATRIX_PICTURES")
    directory = Path(configured) if configured else tmp_path_factory.mktemp("pictures")
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def _several() -> Results:
    """Return three plugins on two platforms, one of them unharmed, one with errors, one undetermined."""
    good, acme, quiet = plugin("good"), plugin("acme", "1.4"), plugin("quiet")
    handlers = finding("PM607", Level.WARNING, subject="logger acme", message="Ten calls left ten handlers.")
    releases = ("0.6.6", "0.10.1", "0.33.0")
    cells = [
        cell(one.id, release, verdict, platform)
        for one, verdict in (
            (good, Compatible()),
            (acme, Incompatible((finding(), handlers))),
            (quiet, Undetermined(Cause.NOT_MODELLED, "vllm.attention.layer")),
        )
        for release in releases
        for platform in (PY311, PY312)
    ]
    return results((good, acme, quiet), cells, releases=releases, platforms=(PY311, PY312))


def _hostile() -> Results:
    evil = Plugin(name=HOSTILE, version=HOSTILE, entry_points=(), source=HOSTILE, sha256=HOSTILE)
    texts: dict[str, Any] = dict.fromkeys(("rule", "subject", "message", "effect", "hint"), HOSTILE)
    told = cell(evil.id, "0.33.0", Incompatible((finding(**texts),)), output=HOSTILE, notes=(HOSTILE,))
    source = SurfaceResult(
        plugin=evil,
        releases=("0.32.0", "0.33.0"),
        declared=HOSTILE,
        findings=(surface_finding(broken=("0.33.0",), **texts),),
        files=1,
    )
    return results((evil,), (told,), releases=("0.33.0",), surface=(source,))


RESULTS: dict[str, Callable[[], Results]] = {
    "decided": decided_results,
    "several": _several,
    "hostile": _hostile,
    "vast": vast_results,
}
