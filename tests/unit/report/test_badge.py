"""Badges: what shields.io asks for, with the verified range, one file for each plugin."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from plugin_matrix.errors import UsageError
from plugin_matrix.model import Plugin, Results, SurfaceResult
from plugin_matrix.report import rendered
from plugin_matrix.report.badge import badge, badges

RELEASES = ("0.9.0", "0.10.0", "0.11.0", "0.12.0", "0.13.0", "0.14.0", "0.15.0", "0.16.0", "0.17.0")


def test_the_badges_are_as_they_were(small: Results, golden: Callable[[str, str], None]) -> None:
    golden("badges.json", "".join(f"{name}\n{text.decode()}" for name, text in badges(small, {}).items()))


def test_a_badge_has_the_fields_of_the_endpoint_schema(surface: Results) -> None:
    for content in badges(surface, {}).values():
        found = json.loads(content)
        assert set(found) == {"schemaVersion", "label", "message", "color"}
        assert found["schemaVersion"] == 1
        assert found["label"] == "vLLM"
        assert found["message"]


@pytest.fixture
def checked(surface: Results) -> Callable[..., tuple[str, str]]:
    """Return message and colour for a plugin that breaks on some releases and declares some."""
    model = surface.surface[0]

    def make(broken: str = "", declared: str = " ".join(RELEASES), files: int = 1) -> tuple[str, str]:
        finding = replace(model.findings[-1], broken=tuple(broken.split()))
        result = SurfaceResult(
            plugin=model.plugin,
            releases=RELEASES,
            declared_releases=tuple(declared.split()),
            verified=tuple(release for release in RELEASES if release not in broken.split()),
            findings=(finding,) if broken else (),
            files=files,
        )
        made = badge(replace(surface, plugins=(model.plugin,), surface=(result,)), model.plugin)
        return made.message, str(made.color)

    return make


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ("0.9.0-0.17.0", "brightgreen")),
        ({"broken": "0.9.0", "declared": "0.16.0 0.17.0"}, ("0.10.0-0.17.0", "brightgreen")),
        ({"broken": "0.9.0"}, ("0.10.0-0.17.0", "yellow")),
        ({"broken": "0.16.0 0.17.0"}, ("0.9.0-0.15.0", "orange")),
        ({"broken": "0.17.0", "declared": "0.9.0"}, ("0.9.0-0.16.0", "orange")),
        ({"broken": "0.10.0 0.12.0"}, ("0.9.0, 0.11.0, 0.13.0-0.17.0", "yellow")),
        ({"broken": "0.10.0 0.12.0 0.14.0"}, ("6 of 9 releases", "yellow")),
        ({"broken": " ".join(RELEASES)}, ("none verified", "red")),
        ({"files": 0}, ("not known", "lightgrey")),
    ],
)
def test_the_verified_range_and_its_colour(
    checked: Callable[..., tuple[str, str]], given: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert checked(**given) == expected


def test_what_a_run_breaks_on_is_not_verified_though_its_source_is(small: Results, surface: Results) -> None:
    acme = small.plugins[1]
    both = replace(small, surface=(replace(surface.surface[1], plugin=acme, releases=("0.7.0", "0.33.0")),))
    # 0.7.0 breaks when run; 0.33.0 does not.
    assert badge(both, acme).message == "0.33.0"


def test_a_cell_that_could_not_be_determined_verifies_nothing(small: Results) -> None:
    assert badge(small, small.plugins[2]).message == "not known"


def test_of_two_versions_the_newer_has_the_badge(decided: Results) -> None:
    assert list(badges(decided, {})) == ["badges/acme.json"]
    assert badges(decided, {})["badges/acme.json"] == json_of(decided, decided.plugins[1])


def json_of(results: Results, plugin: Plugin) -> bytes:
    return badges(replace(results, plugins=(plugin,)), {})["badges/acme.json"]


def test_no_name_leads_out_of_the_directory(surface: Results) -> None:
    names = ("../../etc/passwd", "..", "", "a/b", "A-b", "\x1b[2J", "é")
    plugins = tuple(replace(surface.plugins[0], name=name) for name in names)
    files = badges(replace(surface, plugins=plugins), {})
    assert len(files) == len(names)
    for file in files:
        path = Path(file)
        assert path.parent == Path("badges")
        assert path.name == file.removeprefix("badges/")
        assert not path.name.startswith(".")
        assert file.isascii()


def test_one_document_is_of_one_plugin(small: Results) -> None:
    with pytest.raises(UsageError, match=r"of one plugin, and these are 3"):
        rendered(small, "badge")
    alone = replace(small, plugins=small.plugins[:1], cells=small.cells[:10])
    assert json.loads(rendered(alone, "badge"))["message"] == "0.5.5-0.33.0"
