"""The release pipeline of `examples/acme-plugin`, run as GitHub would run it, on releases good and bad."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from plugin_matrix.plugins.uv import run_uv

from .github_runner import Ended, Runner

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "acme-plugin"
WORKFLOW = ".github/workflows/plugin-matrix.yml"
Pipeline = Callable[[], dict[str, list[Ended]]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the example to make a release of."""
    return shutil.copytree(EXAMPLE, tmp_path / "acme-plugin")


@pytest.fixture
def pipeline(project: Path, tmp_path: Path, tool: tuple[Path, Path], store: Path) -> Pipeline:
    """Run the project's workflow on machines that have Python and nothing else."""
    python, wheel = tool
    variables = {"REQUIREMENT": str(wheel), "PLUGIN_MATRIX_STORE": str(store)}
    runner = Runner(tmp_path / "github", project, python, variables)
    return lambda: runner.workflow(project / WORKFLOW)


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


def plugin_matrix(tool: tuple[Path, Path], store: Path, directory: Path, *arguments: str) -> None:
    subprocess.run(
        [str(tool[0].parent / "plugin-matrix"), *arguments, "--store", str(store)],
        cwd=directory,
        check=True,
        capture_output=True,
    )


def test_a_good_release_passes(project: Path, pipeline: Pipeline) -> None:
    edit(project / "pyproject.toml", 'version = "1.1.0"', 'version = "1.2.0"')
    jobs = pipeline()
    assert [one.result for one in jobs["cells"]] == ["success", "success"], jobs["cells"][0].log
    (gate,) = jobs["gate"]
    assert gate.result == "success", gate.log
    assert "PASSED" in gate.log
    assert "acme-plugin" in gate.summary


def test_a_breaking_release_is_stopped_with_the_reason(project: Path, pipeline: Pipeline) -> None:
    edit(project / "pyproject.toml", 'version = "1.1.0"', 'version = "1.2.0"')
    edit(
        project / "src" / "acme_plugin" / "__init__.py",
        "    if NAME not in LoRAResolverRegistry.get_supported_resolvers():\n        LoRA",
        "    NUMBER.append(len(NUMBER))\n    if True:\n        LoRA",
    )
    edit(
        project / "src" / "acme_plugin" / "__init__.py",
        "resolver(NAME, ",
        "resolver(f'{NAME}-{len(NUMBER)}', ",
    )
    edit(
        project / "src" / "acme_plugin" / "__init__.py",
        'NAME = "acme"',
        'NAME = "acme"\nNUMBER: list[int] = []',
    )
    jobs = pipeline()
    # The cells themselves are no failure: the gate decides on all of them together.
    assert {one.result for one in jobs["cells"]} == {"success"}
    (gate,) = jobs["gate"]
    assert gate.result == "failure"
    assert gate.log.rstrip().endswith("### Fail as the gate decided")
    assert "PM606" in gate.log
    assert "The plugin's doing. acme-plugin==1.1.0 does not have it there." in gate.log
    assert "PM606" in gate.summary


OLD_NAME = "from vllm.utils import cdiv\n\n\ndef register():\n    cdiv(7, 2)\n"


def test_a_break_by_a_new_engine_is_the_engines_doing_and_does_not_block(
    project: Path, pipeline: Pipeline, tool: tuple[Path, Path], store: Path
) -> None:
    # `vllm.utils.cdiv` moved in 0.11.1: the plugin and its baseline as they were when 0.11.0 was the newest.
    edit(project / "pyproject.toml", "vllm>=0.31", "vllm>=0.10")
    edit(project / "pyproject.toml", "{ declared = true, last-minors = 3 }", '["0.10.1.1", "0.11.0"]')
    (project / "src" / "acme_plugin" / "__init__.py").write_text(OLD_NAME)
    (project / "plugin-matrix-baseline.json").unlink()
    run_uv(["build", "--quiet", "--wheel", "--out-dir", "dist", "."], directory=project, seconds=120)
    (wheel,) = (project / "dist").glob("*.whl")
    for arguments in (
        ("run", str(wheel), "--gate", "none", "--format", "json"),
        ("check", str(wheel), "--engines", "<=0.11.0", "--gate", "none", "--json", "--output", "check.json"),
    ):
        plugin_matrix(tool, store, project, *arguments)
    subprocess.run(
        [str(tool[0].parent / "plugin-matrix"), "baseline", "update", "reports/results.json", "check.json"],
        cwd=project,
        check=True,
    )
    shutil.rmtree(project / "dist")
    edit(project / "pyproject.toml", '"0.11.0"]', '"0.11.0", "0.11.1"]')
    jobs = pipeline()
    (gate,) = jobs["gate"]
    assert gate.result == "success", gate.log
    assert "The engine's doing" in gate.log
    assert "vllm.utils.cdiv" in gate.log
    assert "vllm.utils.cdiv" in gate.summary


def test_a_release_that_cannot_be_built_fails_and_is_not_skipped(project: Path, pipeline: Pipeline) -> None:
    (project / "pyproject.toml").write_text("[project]\n")
    jobs = pipeline()
    assert jobs["plan"][0].result == "failure"
    assert jobs["cells"][0].result == "skipped"
    (gate,) = jobs["gate"]
    assert gate.result == "failure"
    assert "Not every cell could be run (plan: failure, cells: skipped)" in gate.log


def test_the_reusable_workflow_takes_its_inputs(
    project: Path, tmp_path: Path, tool: tuple[Path, Path], store: Path
) -> None:
    runner = Runner(tmp_path / "github", project, tool[0], {"PLUGIN_MATRIX_STORE": str(store)})
    workflow = ROOT / ".github" / "workflows" / "matrix.yml"
    # YAML 1.1 takes the key `on` for a truth value.
    stated = yaml.safe_load(workflow.read_text())[True]["workflow_call"]["inputs"]
    inputs = {name: one["default"] for name, one in stated.items()}
    given = {
        "requirement": str(tool[1]),
        "engines": "0.33.0",
        "platforms": "cpu-py311",
        "shards": 2,
        "sarif": True,
    }
    jobs = runner.workflow(workflow, inputs | given)
    assert [one.result for one in jobs["cells"]] == ["success"]  # one cell cannot be split
    (gate,) = jobs["gate"]
    assert gate.result == "success", gate.log
    assert gate.outputs["exit-code"] == "0"
    assert len(runner.scanned) == 1


def test_the_files_of_the_example_are_what_export_writes(tool: tuple[Path, Path], tmp_path: Path) -> None:
    for format_name, place, more in (
        ("github", WORKFLOW, ("--shards", "2")),
        ("nox", "noxfile.py", ()),
        ("tox", "tox.toml", ()),
    ):
        output = tmp_path / format_name
        subprocess.run(
            [
                str(tool[0].parent / "plugin-matrix"),
                "export",
                "--format",
                format_name,
                *more,
                "--output",
                str(output),
            ],
            cwd=EXAMPLE,
            check=True,
        )
        assert output.read_text() == (EXAMPLE / place).read_text(), (
            f"renew with: export --format {format_name}"
        )


def test_the_baseline_of_the_example_is_of_its_version() -> None:
    baseline = json.loads((EXAMPLE / "plugin-matrix-baseline.json").read_text())
    assert [(one["name"], one["version"]) for one in baseline["plugins"]] == [("acme-plugin", "1.1.0")]
