"""`--version`, the notice of an old index, and what shells are given."""

import datetime as dt
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from click.testing import CliRunner

from plugin_matrix.cli import index_age
from plugin_matrix.cli.index_age import IndexFacts, index_facts, notice
from plugin_matrix.cli.main import group
from plugin_matrix.surface.store import SurfaceIndex

FACTS = IndexFacts(dt.date(2026, 11, 1), 70, "0.33.0")
PROJECT = """
[project]
name = "acme"
version = "1.0"
dependencies = ["vllm>=0.32"]
[project.entry-points."vllm.general_plugins"]
acme = "acme:register"
"""


@pytest.mark.parametrize(
    ("today", "told"),
    [
        (dt.date(2026, 11, 1), False),
        (dt.date(2026, 12, 1), False),
        (dt.date(2026, 12, 2), True),
        (dt.date(2026, 10, 1), False),
    ],
)
def test_an_index_is_old_after_thirty_days(today: dt.date, *, told: bool) -> None:
    text = notice(FACTS, today)
    assert bool(text) is told
    if told:
        assert text.startswith("The surface index is 31 days old and knows vLLM up to 0.33.0: ")
        assert "engines sync" in text


def test_the_version_comes_with_the_index_s_date_and_newest_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLUGIN_MATRIX_STORE", str(tmp_path))
    index = SurfaceIndex.shipped()
    ended = CliRunner().invoke(group, ["--version"])
    assert ended.exit_code == 0
    newest = index.axis.releases[-1]
    assert ended.output.splitlines() == [
        f"plugin-matrix {version('vllm-plugin-matrix')}",
        f"surface index of {index.built[:10]}: {len(index.releases)} releases of vLLM, the newest {newest}",
    ]
    index.close()


def test_an_index_that_cannot_be_read_costs_no_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLUGIN_MATRIX_STORE", str(tmp_path))
    (tmp_path / "surface").mkdir()
    for path in (tmp_path / "surface.sqlite", tmp_path / "surface" / "surface.sqlite"):
        path.write_bytes(b"no database")
    ended = CliRunner().invoke(group, ["--version"])
    assert ended.exit_code == 0
    assert ended.output.startswith(f"plugin-matrix {version('vllm-plugin-matrix')}\nsurface index")


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project to check, with an index that is very old."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLUGIN_MATRIX_STORE", str(tmp_path / "store"))
    monkeypatch.delenv("PLUGIN_MATRIX_NOTICE", raising=False)
    monkeypatch.setattr(index_age, "OLD_AFTER", dt.timedelta(days=-100_000))
    (tmp_path / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    (tmp_path / "acme.py").write_text("def register():\n    pass\n", encoding="utf-8")
    return tmp_path


def errors_of(*arguments: str) -> str:
    ended = CliRunner().invoke(group, [*arguments])
    assert ended.exit_code == 0, ended.output
    return ended.stderr


CHECKS = (("check", "."), ("check-engine", "0.33.0", "."))


@pytest.mark.usefixtures("old")
@pytest.mark.parametrize("command", CHECKS)
def test_people_are_told_on_standard_error(command: tuple[str, ...]) -> None:
    assert "days old and knows vLLM up to" in errors_of(*command)
    assert "days old" in errors_of(*command, "--json", "--output", "results.json")


@pytest.mark.usefixtures("old")
@pytest.mark.parametrize("command", CHECKS)
@pytest.mark.parametrize("name", ["json", "markdown", "sarif", "junit", "html", "badge"])
def test_machines_are_not(command: tuple[str, ...], name: str) -> None:
    assert "days old" not in errors_of(*command, "--format", name)


@pytest.mark.parametrize("command", CHECKS)
def test_the_notice_can_be_ended(
    old: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("PLUGIN_MATRIX_NOTICE", "0")
    assert "days old" not in errors_of(*command)
    monkeypatch.delenv("PLUGIN_MATRIX_NOTICE")
    (old / "pyproject.toml").write_text(f"{PROJECT}\n[tool.plugin-matrix]\nnotice = false\n", "utf-8")
    assert "days old" not in errors_of(*command)


def test_nothing_is_asked_of_the_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr("socket.socket.connect", refused)
    assert index_facts(tmp_path).releases >= 70


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_get_their_completion(shell: str) -> None:
    ended = CliRunner().invoke(group, ["completion", shell])
    assert ended.exit_code == 0
    assert "_PLUGIN_MATRIX_COMPLETE" in ended.output
    assert "plugin-matrix" in ended.output


@pytest.mark.parametrize(
    ("words", "completed"),
    [("plugin-matrix check-", "check-engine"), ("plugin-matrix report x --format ", "markdown")],
)
def test_commands_and_values_are_completed(words: str, completed: str) -> None:
    environment = {
        "_PLUGIN_MATRIX_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split(" ")) - 1),
        "PATH": "/usr/bin:/bin",
    }
    call = "import sys; sys.argv[0] = 'plugin-matrix'; from plugin_matrix.cli import main; main()"
    ended = subprocess.run(
        [sys.executable, "-c", call], env=environment, capture_output=True, text=True, check=True
    )
    assert completed in ended.stdout
