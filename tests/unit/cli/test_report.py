"""`report`: results rendered again, to files or to a pipe."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plugin_matrix.cli.main import group
from plugin_matrix.errors import ReportError, UsageError
from plugin_matrix.report import FORMATS

PROJECT = """
[project]
name = "acme"
version = "1.0"
dependencies = ["vllm>=0.32"]
[project.entry-points."vllm.general_plugins"]
acme = "acme:register"
"""


def call(*arguments: str) -> Result:
    ended = CliRunner().invoke(group, arguments)
    if ended.exception is not None and not isinstance(ended.exception, SystemExit):
        raise ended.exception
    return ended


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLUGIN_MATRIX_STORE", str(tmp_path / "store"))
    (tmp_path / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    (tmp_path / "acme.py").write_text("from vllm import nothing\n\ndef register():\n    pass\n", "utf-8")
    call("check", ".", "--engines", ">=0.32", "--json", "--output", "results.json")
    return "results.json"


def test_everything_is_written_when_nothing_is_named(results: str) -> None:
    told = call("report", results).output
    assert "FAILED: " in told
    written = [line.removeprefix("wrote ") for line in told.splitlines() if line.startswith("wrote ")]
    assert len(written) == len(FORMATS)
    assert all(Path(path).stat().st_size for path in written)


@pytest.mark.parametrize("name", FORMATS)
def test_one_format_goes_to_a_pipe_and_nothing_beside_it(results: str, name: str) -> None:
    content = call("report", results, "--format", name, "--output", "-").stdout_bytes
    call("report", results, "--format", name, "--output", "one")
    assert Path("one").read_bytes() == content
    call("report", results, "--format", name, "--directory", "d")
    (written,) = [path for path in Path("d").rglob("*") if path.is_file()]
    assert written.read_bytes() == content


def test_a_report_of_json_is_the_same_results(results: str) -> None:
    told = call("report", results, "--format", "json", "--output", "-").stdout
    assert json.loads(told) == json.loads(Path(results).read_bytes())


def test_a_named_format_says_nothing_of_the_terminal(results: str) -> None:
    assert call("report", results, "--format", "badge").output == "wrote reports/badges/acme.json\n"
    assert "wrote" not in call("report", results, "--format", "terminal").output


@pytest.mark.parametrize("formats", [(), ("json", "html"), ("terminal",)])
def test_an_output_is_of_one_format(results: str, formats: tuple[str, ...]) -> None:
    options = [part for name in formats for part in ("--format", name)]
    with pytest.raises(UsageError, match="one --format"):
        call("report", results, "--output", "x", *options)


def test_a_file_that_is_no_results_document_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{", encoding="utf-8")
    with pytest.raises(ReportError, match="not valid JSON"):
        call("report", str(tmp_path / "x.json"))
