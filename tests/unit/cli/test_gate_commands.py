"""The whole way from a configuration and results to an exit code, without running a cell."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plugin_matrix.cli.main import group
from plugin_matrix.errors import PluginMatrixError

BROKEN = "from vllm import nothing_of_the_kind\n\ndef register():\n    pass\n"
GOOD = "def register():\n    pass\n"
PROJECT = """
[project]
name = "acme"
version = "{version}"
dependencies = ["vllm>=0.32"]
[project.entry-points."vllm.general_plugins"]
acme = "acme:register"
"""


def call(*arguments: str) -> Result:
    ended = CliRunner().invoke(group, arguments)
    if isinstance(ended.exception, PluginMatrixError):
        ended.exit_code = ended.exception.exit_code
    elif ended.exception is not None and not isinstance(ended.exception, SystemExit):
        raise ended.exception
    return ended


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLUGIN_MATRIX_STORE", str(tmp_path / "store"))
    write(tmp_path, "1.0", GOOD)
    return tmp_path


def write(project: Path, version: str, source: str, settings: str = "") -> None:
    (project / "pyproject.toml").write_text(PROJECT.format(version=version) + settings, encoding="utf-8")
    (project / "acme.py").write_text(source, encoding="utf-8")


def checked(name: str, *options: str) -> Result:
    return call("check", ".", "--engines", ">=0.32", "--json", "--output", name, *options)


def test_a_breaking_version_is_stopped_and_a_baseline_with_it_lets_the_next_pass(project: Path) -> None:
    assert checked("old.json").exit_code == 0
    assert call("baseline", "update", "old.json").exit_code == 0
    write(project, "1.1", BROKEN)
    stopped = checked("new.json", "--baseline", "plugin-matrix-baseline.json")
    assert stopped.exit_code == 1
    assert "acme==1.0 does not have it there" in stopped.output
    again = call("gate", "new.json", "--baseline", "plugin-matrix-baseline.json", "--output", "decided.json")
    assert again.exit_code == 1
    decision = json.loads((project / "decided.json").read_bytes())["decision"]
    assert [(one["status"], one["blame"]) for one in decision["changes"]] == [("new", "plugin")]
    assert "new: 1 finding" in call("diff", "old.json", "new.json").output
    assert call("baseline", "update", "new.json").exit_code == 0
    assert call("gate", "new.json", "--baseline", "plugin-matrix-baseline.json").exit_code == 0
    assert call("gate", "new.json").exit_code == 1
    assert call("gate", "new.json", "--gate", "none").exit_code == 0


@pytest.mark.parametrize(
    ("settings", "environment", "options", "code"),
    [
        ("", {}, (), 1),
        ('[tool.plugin-matrix]\ngate = "none"', {}, (), 0),
        ('[tool.plugin-matrix]\ngate = "none"', {"PLUGIN_MATRIX_GATE": "all"}, (), 1),
        ('[tool.plugin-matrix]\ngate = "none"', {"PLUGIN_MATRIX_GATE": "all"}, ("--gate", "none"), 0),
        ('[tool.plugin-matrix]\nlevels.PM202 = "warning"', {}, (), 0),
        ('[tool.plugin-matrix]\nlevels.PM202 = "warning"', {}, ("--fail-on", "warning"), 1),
        ("", {}, ("--ignore-rules", "PM2"), 0),
        (
            (
                "[[tool.plugin-matrix.known-problems]]\n"
                'rule = "PM202"\nsymbol = "vllm.nothing_of_the_kind"\nreason = "soon"'
            ),
            {},
            (),
            0,
        ),
        ('[tool.plugin-matrix]\ngate = "new"', {}, (), 2),
        ('[tool.plugin-matrix]\nbaseline = "absent.json"', {}, (), 2),
        ('[tool.plugin-matrix]\nbaseline = "absent.json"', {}, ("--gate", "none"), 0),
        ("", {}, ("--ignore-rules", "nonsense"), 2),
        ('[tool.plugin-matrix]\ngat = "new"', {}, (), 2),
    ],
)
def test_settings_of_every_source_reach_check(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    settings: str,
    environment: dict[str, str],
    options: tuple[str, ...],
    code: int,
) -> None:
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    write(project, "1.0", BROKEN, settings)
    assert checked("results.json", *options).exit_code == code


@pytest.mark.parametrize(
    ("engines", "judged"),
    [
        ('"latest"', ["0.33.0"]),
        ('["0.32.0", "reference-0.33.0"]', ["0.32.0", "0.33.0"]),
        ("{ last-minors = 2 }", ["0.32.0", "0.33.0"]),
        ("{ last-minors = 1, releases = ['==0.32.0'] }", ["0.32.0", "0.33.0"]),
    ],
)
def test_engines_of_the_file_are_what_is_judged(project: Path, engines: str, judged: list[str]) -> None:
    write(project, "1.0", GOOD, f"[tool.plugin-matrix]\nengines = {engines}")
    assert call("check", ".", "--json", "--output", "results.json").exit_code == 0
    (result,) = json.loads((project / "results.json").read_bytes())["surface"]
    assert result["releases"] == judged


def test_the_covering_set_of_the_file_is_one_for_check_too(project: Path) -> None:
    write(project, "1.0", GOOD, '[tool.plugin-matrix]\nengines = "covering"')
    assert call("check", ".", "--json", "--output", "results.json").exit_code == 0
    (result,) = json.loads((project / "results.json").read_bytes())["surface"]
    assert {"0.7.0", "0.33.0"} <= set(result["releases"])


def test_every_setting_is_shown_with_its_source(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(project, "1.0", GOOD, '[tool.plugin-matrix]\nengines.last-minors = 6\nfail-on = "warning"')
    monkeypatch.setenv("PLUGIN_MATRIX_LIMITS_MEMORY", "2GiB")
    monkeypatch.delenv("PLUGIN_MATRIX_NOTICE", raising=False)
    shown = json.loads(call("config", "show", "--json", "--gate", "none").output)
    told = {key: (one["value"], one["source"]) for key, one in shown.items() if one["source"] != "default"}
    assert told == {
        "engines": (["last-minors=6"], "file"),
        "fail-on": ("warning", "file"),
        "limits.memory": ("2GiB", "environment"),
        "gate": ("none", "command line"),
    }
    assert "# default" in call("config", "show").output
    assert json.loads(call("config", "schema").output)["title"]


def test_a_part_that_is_given_twice_cut_off_or_newer_is_refused(project: Path) -> None:
    assert checked("a.json").exit_code == 0
    text = (project / "a.json").read_text(encoding="utf-8")
    (project / "cut.json").write_text(text[: len(text) // 2], encoding="utf-8")
    (project / "newer.json").write_text(text.replace('"schema_version": 1', '"schema_version": 9'), "utf-8")
    for parts, what in (
        (("a.json", "a.json"), "are the same results"),
        (("a.json", "cut.json"), "cut.json is not valid JSON"),
        (("newer.json", "a.json"), "has schema_version 9"),
    ):
        refused = call("merge", *parts)
        assert refused.exit_code == 2
        assert what in str(refused.exception)
    assert call("merge", "a.json", "--output", "whole.json").exit_code == 0


@pytest.mark.parametrize("command", ["baseline", "gate"])
def test_nothing_that_was_judged_makes_no_baseline_and_passes_no_gate(project: Path, command: str) -> None:
    assert call("check", "./absent", "--json", "--output", "empty.json").exit_code == 2
    arguments = ("baseline", "update", "empty.json") if command == "baseline" else ("gate", "empty.json")
    assert call(*arguments).exit_code == 2
    assert not (project / "plugin-matrix-baseline.json").exists()
