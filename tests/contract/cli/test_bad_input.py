"""Bad input: one clear sentence, the right exit code, no traceback, other cells unharmed."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

FIXTURES = Path(__file__).parents[3] / "plugins_fixtures"
GOOD = str(FIXTURES / "general-no-op")
Invoke = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def invoke(store: Path, tmp_path: Path) -> Invoke:
    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "plugin_matrix", *arguments]
        if arguments[0] == "run":
            command += ["--store", str(store), "--no-torch"]
            if "--directory" not in arguments:
                command += ["--directory", str(tmp_path / "reports")]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=300, check=False)

    return call


def wheel(path: Path, entry_points: str | None = None) -> str:
    name = "acme-1.0.dist-info"
    with zipfile.ZipFile(path / "acme-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr("acme.py", "def register(): ...\n")
        archive.writestr(f"{name}/METADATA", "Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
        archive.writestr(f"{name}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        if entry_points is not None:
            archive.writestr(f"{name}/entry_points.txt", entry_points)
        archive.writestr(f"{name}/RECORD", "")
    return str(path / "acme-1.0-py3-none-any.whl")


def missing(_: Path) -> list[str]:
    return ["./there-is-none.whl"]


def not_a_plugin(path: Path) -> list[str]:
    return [wheel(path, "[console_scripts]\nacme = acme:register\n")]


def broken_archive(path: Path) -> list[str]:
    (path / "acme-1.0-py3-none-any.whl").write_bytes(b"PK\3\4 this was a wheel once")
    return [str(path / "acme-1.0-py3-none-any.whl")]


def garbage_entry_points(path: Path) -> list[str]:
    return [wheel(path, "\0\1\2 no section\n= =\n")]


def empty_directory(path: Path) -> list[str]:
    (path / "empty").mkdir()
    return [str(path / "empty")]


def unknown_engine(_: Path) -> list[str]:
    return [GOOD, "--engines", "0.33.7"]


def confirming_without_a_release(_: Path) -> list[str]:
    return [GOOD, "--confirm", "--engines", "0.33.0"]


def confirming_a_part(_: Path) -> list[str]:
    return [GOOD, "--confirm", "--engines", "vllm-0.33.0", "--shard", "1/2"]


def unknown_platform(_: Path) -> list[str]:
    return [GOOD, "--platforms", "gpu-py27"]


def nothing_selected(_: Path) -> list[str]:
    return [GOOD, "--select", "nothing-like-this", "--engines", "0.33.0"]


def no_directory_for_reports(path: Path) -> list[str]:
    (path / "file").write_text("")
    return [GOOD, "--engines", "0.33.0", "--directory", str(path / "file" / "reports")]


def no_plugin(_: Path) -> list[str]:
    return []


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (missing, 2, "there-is-none.whl"),
        (not_a_plugin, 3, "acme"),
        (broken_archive, 2, "acme-1.0-py3-none-any.whl"),
        (garbage_entry_points, 2, "entry_points.txt"),
        (empty_directory, 2, "pyproject.toml"),
        (unknown_engine, 2, "0.33.0"),
        (unknown_platform, 2, "gpu-py27"),
        (confirming_without_a_release, 2, "--engines vllm-0.33.0"),
        (confirming_a_part, 2, "Leave --shard out"),
        (nothing_selected, 3, "selectors leave no cell"),
        (no_directory_for_reports, 2, "reports"),
        (no_plugin, 2, "PLUGIN"),
    ],
)
def test_bad_input_ends_with_its_exit_code_and_a_sentence(
    invoke: Invoke, tmp_path: Path, arguments: Callable[[Path], list[str]], code: int, said: str
) -> None:
    ended = invoke("run", *arguments(tmp_path))
    printed = " ".join((ended.stdout + ended.stderr).split())
    assert ended.returncode == code, printed
    assert said in printed
    assert "Traceback" not in printed


def test_one_bad_plugin_costs_the_others_nothing(invoke: Invoke, tmp_path: Path) -> None:
    ended = invoke("run", "./there-is-none.whl", GOOD, "--engines", "0.33.0")
    assert ended.returncode == 2, ended.stderr
    results = json.loads((tmp_path / "reports" / "results.json").read_text())
    assert [cell["verdict"]["type"] for cell in results["cells"]] == ["compatible"]
    assert [problem["source"] for problem in results["problems"]] == ["./there-is-none.whl"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "results.json"),
        ('{"schema_version": 99}', "99"),
        ('{"cells": 3', "results.json"),
        ("[]", "results.json"),
    ],
)
def test_a_results_file_that_cannot_be_read_is_refused(
    invoke: Invoke, tmp_path: Path, content: str, said: str
) -> None:
    (tmp_path / "results.json").write_text(content)
    ended = invoke("report", "results.json")
    assert ended.returncode == 2
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(("rule", "said"), [("PM999", "Nearest"), ("repeat-raise", "REPEAT-RAISES")])
def test_an_unknown_rule_is_named_with_what_is_near(invoke: Invoke, rule: str, said: str) -> None:
    ended = invoke("explain", rule)
    assert ended.returncode == 2
    assert said in ended.stderr


def test_a_rule_is_explained_by_id_and_by_name(invoke: Invoke) -> None:
    assert invoke("explain", "pm605").stdout == invoke("explain", "repeat-raises").stdout != ""


def test_engines_lists_every_release_once(invoke: Invoke) -> None:
    lines = invoke("engines").stdout.splitlines()
    ids = [line.split()[0] for line in lines]
    assert len(ids) == len(set(ids))
    assert (ids[0], ids[-1]) == ("reference-0.5.5", "reference-0.33.0")
