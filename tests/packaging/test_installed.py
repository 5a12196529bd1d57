"""What a newcomer has after `pip install`: a command that answers without network, and types."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.packaging.artefacts import ROOT, run

FIRST_MINUTE = 60.0
"""A newcomer has an answer by then; the command is ended."""
FIXTURES = ROOT / "plugins_fixtures"
SCRIPT = """
import plugin_matrix

results = plugin_matrix.check(".", engines=["latest"])
names: list[str] = [finding.rule for one in results.surface for finding in one.findings]
code: plugin_matrix.ExitCode | int = plugin_matrix.decide(results).exit_code
"""


@pytest.mark.parametrize(("fixture", "code"), [("general-no-op", 0), ("vllm-module-moved", 1)])
def test_a_plugin_is_checked_without_network_within_the_first_minute(
    installed: Path, offline: list[str], newcomer: dict[str, str], tmp_path: Path, fixture: str, code: int
) -> None:
    plugin = tmp_path / fixture
    shutil.copytree(FIXTURES / fixture, plugin)
    command = [*offline, str(installed / "bin" / "plugin-matrix"), "check", "."]
    ended = subprocess.run(
        command, cwd=plugin, env=newcomer, timeout=FIRST_MINUTE, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (code, "")
    assert f"fixture-{fixture}" in ended.stdout
    assert "0.33.0" in ended.stdout


@pytest.mark.parametrize("format_name", ["json", "sarif", "markdown", "junit", "html"])
def test_every_report_can_be_made(
    installed: Path, offline: list[str], newcomer: dict[str, str], format_name: str
) -> None:
    plugin = FIXTURES / "general-no-op"
    command = [
        *offline,
        str(installed / "bin" / "plugin-matrix"),
        "check",
        str(plugin),
        "--format",
        format_name,
    ]
    told = run(command, env=newcomer)
    assert "fixture-general-no-op" in told
    if format_name in {"json", "sarif"}:
        json.loads(told)


@pytest.mark.parametrize(
    "arguments", [["--version"], ["--help"], ["run", "--help"], ["explain", "PM605"], ["config", "show"]]
)
def test_the_command_is_there(installed: Path, newcomer: dict[str, str], arguments: list[str]) -> None:
    assert run([installed / "bin" / "plugin-matrix", *arguments], env=newcomer)


def test_what_is_installed_fits_together(installed: Path) -> None:
    run(["uv", "pip", "check", "--python", installed / "bin" / "python"])


def test_programs_that_use_the_package_are_type_checked(installed: Path, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(SCRIPT)
    mypy = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--python-executable",
        str(installed / "bin" / "python"),
    ]
    run([*mypy, program], cwd=tmp_path)
    program.write_text(SCRIPT.replace("results.surface", "results.surfaces"))
    wrong = subprocess.run([*mypy, str(program)], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "surfaces" in wrong.stdout
