import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from .conftest import ROOT
from .github_runner import Runner

EXAMPLE = ROOT / "examples" / "acme-plugin"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return shutil.copytree(EXAMPLE, tmp_path / "acme-plugin")


def break_it(project: Path) -> None:
    source = project / "src" / "acme_plugin" / "__init__.py"
    source.write_text(source.read_text().replace("vllm.lora.resolver", "vllm.lora.resolvers"))


def test_the_whole_action_judges_reports_and_fails_as_the_gate_decides(
    project: Path, tmp_path: Path, tool: tuple[Path, Path], store: Path
) -> None:
    break_it(project)
    runner = Runner(tmp_path / "github", project, tool[0], {"PLUGIN_MATRIX_STORE": str(store)})
    ended = runner.action(ROOT, {"engines": "0.33.0", "sarif": "true", "arguments": "--no-torch"})
    assert ended.result == "failure"
    assert ended.outputs["exit-code"] == "1"
    assert ended.log.rstrip().endswith("### Fail as the gate decided")
    assert "::error title=plugin-matrix::The gate fails" in ended.log
    assert "vllm.lora.resolvers" in ended.summary
    assert "vllm.lora.resolvers" in runner.scanned[0].read_text()


class Judged(NamedTuple):
    code: int
    log: str
    outputs: dict[str, str]
    summary: str


@pytest.fixture
def judge(project: Path, tmp_path: Path, tool: tuple[Path, Path], store: Path) -> "Judge":
    return Judge(project, tmp_path, tool[0], store)


class Judge:
    """The action's script with what its steps before it leave."""

    def __init__(self, project: Path, directory: Path, python: Path, store: Path) -> None:
        self.project = project
        self._directory = directory
        self._store = store
        (directory / "temp" / "plugin-matrix").mkdir(parents=True)
        (directory / "temp" / "plugin-matrix" / "bin").symlink_to(python.parent)

    def __call__(self, command: str = "check", plugins: str = ".", **variables: str) -> Judged:
        output, summary = self._directory / "output", self._directory / "summary"
        output.write_text("")
        inherited = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("PLUGIN_MATRIX_", "GITHUB_"))
        }
        done = subprocess.run(
            [str(ROOT / "action" / "judge")],
            cwd=self.project,
            env={
                **inherited,
                "COMMAND": command,
                "PLUGINS": plugins,
                "ARGUMENTS": "",
                "SUMMARY": "true",
                "RUNNER_TEMP": str(self._directory / "temp"),
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(summary),
                "PLUGIN_MATRIX_STORE": str(self._store),
                **variables,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        outputs = dict(line.split("=", 1) for line in output.read_text().splitlines())
        return Judged(done.returncode, done.stdout, outputs, summary.read_text() if summary.exists() else "")


def test_a_compatible_plugin_ends_with_0(judge: Judge) -> None:
    judged = judge()
    assert (judged.code, judged.outputs["exit-code"]) == (0, "0"), judged.log
    assert Path(judged.outputs["results"]).is_file()
    assert {"index.html", "junit.xml", "report.md", "results.json", "results.sarif"} <= {
        path.name for path in Path(judged.outputs["reports"]).iterdir()
    }
    assert "::error" not in judged.log
    assert "acme-plugin" in judged.summary


def test_both_tiers_are_merged_into_one_answer(judge: Judge) -> None:
    judged = judge("both", ARGUMENTS="--no-torch", PLUGIN_MATRIX_ENGINES="0.33.0")
    assert judged.outputs["exit-code"] == "0", judged.log
    assert "merged.json" in judged.log


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({}, "1"),
        ({"PLUGIN_MATRIX_GATE": "none"}, "0"),
        ({"PLUGIN_MATRIX_GATE": "all"}, "1"),
        ({"PLUGIN_MATRIX_BASELINE": "absent.json", "PLUGIN_MATRIX_GATE": "new"}, "2"),
    ],
)
def test_inputs_are_settings(judge: Judge, variables: dict[str, str], code: str) -> None:
    break_it(judge.project)
    judged = judge(**variables)
    assert (judged.code, judged.outputs["exit-code"]) == (0, code), judged.log
    assert ("::error" in judged.log) is (code != "0")


def test_no_summary_is_written_where_none_is_wanted(judge: Judge) -> None:
    assert judge(SUMMARY="false").summary == ""


@pytest.mark.parametrize(
    ("command", "plugins", "code", "told"),
    [
        ("publish", ".", "2", "command is 'publish'; it has to be check, run or both."),
        ("check", "./nowhere", "2", "nowhere"),
        ("check", "", "2", "Missing argument"),
    ],
)
def test_what_cannot_be_judged_is_told(
    judge: Judge, command: str, plugins: str, code: str, told: str
) -> None:
    judged = judge(command, plugins)
    assert judged.outputs["exit-code"] == code, judged.log
    assert told in judged.log
    assert "::error title=plugin-matrix::" in judged.log


def test_lines_are_plugins_and_nothing_in_them_is_run(judge: Judge) -> None:
    judged = judge(plugins="\n  .  \n$(touch pwned)\n; touch pwned\n`touch pwned`\n")
    assert judged.outputs["exit-code"] == "2"
    assert "$(touch pwned)" in judged.log
    assert not (judge.project / "pwned").exists()
