"""Runs the jobs of a workflow, and the steps of a composite action, on this machine as GitHub's runner would.

Steps with `run` are run for real, by the shell and with the variables that GitHub would give them. Of the
actions that are used there are stand-ins that move files as those do: nothing here speaks to GitHub. Only the
expressions that our own files use are understood, and any other is an error.
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_EQUALS = re.compile(r"(?P<path>[\w.-]+) (?P<sign>[=!]=) '(?P<text>[^']*)'")


@dataclass
class Ended:
    """How a job went."""

    result: str = "success"
    outputs: dict[str, str] = field(default_factory=dict)
    log: str = ""
    summary: str = ""


@dataclass
class Runner:
    """One machine after the other, each with an empty workspace, and what they upload."""

    root: Path
    """Where the machines are; artifacts are below it."""
    project: Path
    """What checking out gives."""
    python: Path
    """Setting up Python puts its directory on PATH."""
    variables: Mapping[str, str]
    """What the workflow's own `env` says otherwise."""
    scanned: list[Path] = field(default_factory=list)
    """What was uploaded to code scanning."""
    machines: int = 0

    def workflow(self, path: Path, inputs: Mapping[str, Any] | None = None) -> dict[str, list[Ended]]:
        """Run every job in order; returns how each went, once for each entry of a matrix."""
        document = yaml.safe_load(path.read_text())
        context: dict[str, Any] = {
            "inputs": dict(inputs or {}),
            "needs": {},
            "github": {"event_name": "push"},
        }
        context["env"] = {
            key: _text(self._value(value, context)) for key, value in document.get("env", {}).items()
        }
        ended: dict[str, list[Ended]] = {}
        for name, job in document["jobs"].items():
            needs = [job["needs"]] if isinstance(job.get("needs"), str) else job.get("needs", [])
            failed = [one for one in needs if context["needs"][one]["result"] != "success"]
            if failed and job.get("if") != "${{ !cancelled() }}":
                ended[name] = [Ended(result="skipped")]
            else:
                matrix = (
                    self._value(job["strategy"]["matrix"], context)
                    if "strategy" in job
                    else {"include": [{}]}
                )
                ended[name] = [
                    self._job(job, {**context, "matrix": entry, "strategy": {"job-index": index}})
                    for index, entry in enumerate(matrix["include"])
                ]
            results = {one.result for one in ended[name]}
            context["needs"][name] = {
                "result": results.pop() if len(results) == 1 else "failure",
                "outputs": ended[name][-1].outputs,
            }
        return ended

    def action(self, directory: Path, inputs: Mapping[str, str]) -> Ended:
        """Run the composite action in `directory` in a job that has checked out the project."""
        document = yaml.safe_load((directory / "action.yml").read_text())
        unknown = inputs.keys() - document["inputs"].keys()
        assert not unknown, unknown
        given = {name: one.get("default", "") for name, one in document["inputs"].items()} | dict(inputs)
        context = {"inputs": given, "github": {"action_path": str(directory)}, "env": {}}
        job = {
            "steps": [{"uses": "actions/checkout@"}, *document["runs"]["steps"]],
            "outputs": {name: one["value"] for name, one in document["outputs"].items()},
        }
        return self._job(job, context)

    def _job(self, job: Mapping[str, Any], context: dict[str, Any]) -> Ended:
        self.machines += 1
        machine = self.root / f"machine-{self.machines}"
        (machine / "temp").mkdir(parents=True)
        (machine / "work").mkdir()
        context = {**context, "steps": {}}
        ended = Ended()
        for step in job["steps"]:
            if ended.result != "success" or not self._wanted(step.get("if"), context):
                continue
            if "uses" in step:
                outputs = self._use(step, machine, context)
            else:
                outputs = self._shell(step, machine, context, ended)
            context["steps"][step.get("id", "")] = {"outputs": outputs}
        ended.outputs = {
            key: _text(self._value(value, context)) for key, value in job.get("outputs", {}).items()
        }
        return ended

    def _shell(
        self, step: Mapping[str, Any], machine: Path, context: dict[str, Any], ended: Ended
    ) -> dict[str, str]:
        # A named bash is `bash --noprofile --norc -eo pipefail`, the default one `bash -e`.
        shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail"] if "shell" in step else ["bash", "-e"]
        output, summary = machine / "output", machine / "summary"
        output.write_text("")
        assert "${{" not in step["run"], "an expression in a script is code of whoever can set it"
        variables = {key: _text(self._value(value, context)) for key, value in step.get("env", {}).items()}
        done = run_script(
            step["run"],
            machine / "work" / self._value(step.get("working-directory", "."), context),
            python=self.python,
            argv=shell,
            variables={
                "CI": "true",
                "GITHUB_ACTIONS": "true",
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(summary),
                "GITHUB_WORKSPACE": str(machine / "work"),
                "RUNNER_TEMP": str(machine / "temp"),
                **context["env"],
                **self.variables,
                **variables,
            },
        )
        ended.log += f"### {step.get('name', step['run'][:40])}\n{done.stdout}"
        ended.summary = summary.read_text() if summary.exists() else ""
        if done.returncode:
            ended.result = "failure"
        return dict(line.split("=", 1) for line in output.read_text().splitlines())

    def _use(self, step: Mapping[str, Any], machine: Path, context: dict[str, Any]) -> dict[str, str]:
        action = step["uses"].partition("@")[0]
        values = {key: _text(self._value(value, context)) for key, value in step.get("with", {}).items()}
        work, artifacts = machine / "work", self.root / "artifacts"
        if action == "actions/checkout":
            shutil.copytree(self.project, work, dirs_exist_ok=True)
        elif action == "actions/setup-python":
            return {"python-path": str(self.python)}
        elif action == "actions/upload-artifact":
            _move(work, values["path"], artifacts / values["name"])
        elif action == "actions/download-artifact":
            names = (
                [values["name"]] if "name" in values else [p.name for p in artifacts.glob(values["pattern"])]
            )
            for name in names:
                # One that is named is unpacked into `path` itself, of several each into a directory.
                shutil.copytree(
                    artifacts / name,
                    work / values["path"] / ("" if "name" in values else name),
                    dirs_exist_ok=True,
                )
        elif action == "github/codeql-action/upload-sarif":
            path = work / values["sarif_file"]
            json.loads(path.read_text())
            self.scanned.append(path)
        else:
            raise NotImplementedError(action)
        return {}

    def _wanted(self, condition: str | None, context: dict[str, Any]) -> bool:
        if condition is None:
            return True
        expression = _EXPRESSION.fullmatch(condition)
        assert expression, condition
        equals = _EQUALS.fullmatch(expression[1])
        if equals:
            return (_text(_look_up(equals["path"], context)) == equals["text"]) is (equals["sign"] == "==")
        return bool(_look_up(expression[1], context))

    def _value(self, value: Any, context: dict[str, Any]) -> Any:
        """Return a value of the file with its expressions filled in."""
        if not isinstance(value, str):
            return value
        whole = _EXPRESSION.fullmatch(value)
        if whole and whole[1].startswith("fromJSON("):
            return json.loads(_look_up(whole[1][len("fromJSON(") : -1], context))
        if whole:
            return _look_up(whole[1], context)
        return _EXPRESSION.sub(lambda match: _text(_look_up(match[1], context)), value)


_OF_TESTS = ("PYTEST_", "PLUGIN_MATRIX_", "GITHUB_", "VIRTUAL_ENV", "NOX_", "TOX_")


def run_script(
    script: str, directory: Path, *, python: Path, argv: Sequence[str], variables: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a script as a build server does: `python` is first on PATH, nothing of the tests is inherited."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(_OF_TESTS)}
    with tempfile.NamedTemporaryFile("w", suffix=".sh") as file:
        file.write(script)
        file.flush()
        return subprocess.run(
            [*argv, file.name],
            cwd=directory,
            env={
                **inherited,
                "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
                **variables,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=900,
            check=False,
        )


def _look_up(path: str, context: Any) -> Any:
    for name in path.split("."):
        assert re.fullmatch(r"[\w-]+", name), f"the expression {path!r} is not understood here"
        context = context.get(name, "") if isinstance(context, dict) else ""
    return context


def _text(value: Any) -> str:
    return {True: "true", False: "false", None: ""}.get(value) or str(value)


def _move(work: Path, pattern: str, target: Path) -> None:
    """Copy what an upload takes: a directory's content, or the files of a pattern."""
    target.mkdir(parents=True)
    if (work / pattern).is_dir():
        shutil.copytree(work / pattern, target, dirs_exist_ok=True)
        return
    found = list(work.glob(pattern))
    assert found, f"nothing to upload: {pattern}"
    for path in found:
        shutil.copy(path, target)
