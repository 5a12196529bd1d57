"""Rendering: the files asked for and no others."""

from pathlib import Path

import pytest

from plugin_matrix.errors import UsageError
from plugin_matrix.model import Results
from plugin_matrix.report import FORMATS, read_results, render


def test_every_format_is_a_file(small: Results, tmp_path: Path) -> None:
    written = render(small, tmp_path / "reports")
    assert FORMATS == ("json", "html", "junit", "markdown", "sarif", "badge")
    badges = [f"badges/{name}.json" for name in ("good", "acme", "quiet")]
    names = ["results.json", "index.html", "junit.xml", "report.md", "results.sarif", *badges]
    assert sorted(str(path.relative_to(tmp_path / "reports")) for path in written) == sorted(names)
    assert {path for path in (tmp_path / "reports").rglob("*") if path.is_file()} == set(written)
    assert read_results(written[0]) == small


def test_only_what_is_asked_for_is_written(small: Results, tmp_path: Path) -> None:
    assert render(small, tmp_path, ("junit", "junit")) == (tmp_path / "junit.xml",)
    assert [path.name for path in tmp_path.iterdir()] == ["junit.xml"]


def test_an_unknown_format_writes_nothing(small: Results, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no report format 'pdf'\. The formats are json, html, junit"):
        render(small, tmp_path, ("json", "pdf"))
    assert list(tmp_path.iterdir()) == []


def test_a_second_report_replaces_the_first(small: Results, large: Results, tmp_path: Path) -> None:
    render(large, tmp_path)
    render(small, tmp_path)
    assert read_results(tmp_path / "results.json") == small


def test_reports_of_the_same_results_are_the_same_bytes(large: Results, tmp_path: Path) -> None:
    first = [path.read_bytes() for path in render(large, tmp_path / "a")]
    assert first == [path.read_bytes() for path in render(large, tmp_path / "b")]
