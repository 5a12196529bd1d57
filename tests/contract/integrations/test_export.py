import py_compile
import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from plugin_matrix.export.formats import pinned, reusable_workflow

from .conftest import ROOT, Run
from .github_runner import run_script

EXAMPLE = ROOT / "examples" / "acme-plugin"
SETTINGS = """
[tool.plugin-matrix]
engines = ["0.30.0", "0.32.0", "0.33.0"]
platforms = ["cpu-py310", "cpu-py311", "cpu-py312"]
"""


def export(run: Run, *arguments: str) -> str:
    done = run("plugin_matrix", "export", *arguments, "--output", "-")
    assert done.returncode == 0, done.stderr
    return done.stdout


def settle(project: Path, more: str) -> None:
    with (project / "pyproject.toml").open("a") as file:
        file.write(more)


@pytest.mark.parametrize(
    ("format_name", "place"),
    [
        ("github", ".github/workflows/plugin-matrix.yml"),
        ("gitlab", ".gitlab/plugin-matrix.yml"),
        ("tox", "tox.toml"),
        ("nox", "noxfile.py"),
    ],
)
def test_a_file_is_written_where_it_belongs_and_none_is_lost(
    run: Run, project: Path, format_name: str, place: str
) -> None:
    written = run("plugin_matrix", "export", "--format", format_name)
    assert (written.returncode, written.stdout) == (0, f"wrote {place}\n"), written.stderr
    again = run("plugin_matrix", "export", "--format", format_name)
    assert again.returncode == 0  # it is what would be written
    (project / place).write_text("mine")
    refused = run("plugin_matrix", "export", "--format", format_name)
    assert refused.returncode == 2
    assert "is there already" in refused.stderr
    assert (project / place).read_text() == "mine"
    assert run("plugin_matrix", "export", "--format", format_name, "--force").returncode == 0
    assert "plugin-matrix" in (project / place).read_text()


def uses_of(document: dict[str, Any]) -> list[str]:
    if "runs" in document:
        steps = document["runs"]["steps"]
    else:
        steps = [step for job in document["jobs"].values() for step in job["steps"]]
    return [step["uses"] for step in steps if "uses" in step]


def test_a_workflow_pins_every_action_and_runs_no_expression(run: Run) -> None:
    for text in (export(run, "--format", "github"), reusable_workflow(), (ROOT / "action.yml").read_text()):
        document = yaml.safe_load(text)
        assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", uses) for uses in uses_of(document))
        known = {pinned(name) for name in _ACTIONS}
        assert {
            line.partition("uses: ")[2]
            for line in text.splitlines()
            if line.lstrip(" -").startswith("uses: ")
        } <= known
        steps = document.get("runs", {}).get("steps") or [
            s for j in document["jobs"].values() for s in j["steps"]
        ]
        assert [step for step in steps if "${{" in step.get("run", "")] == []


_ACTIONS = ("checkout", "setup-python", "upload-artifact", "download-artifact", "upload-sarif")


def test_the_reusable_workflow_is_made_of_the_same_template() -> None:
    written = (ROOT / ".github" / "workflows" / "matrix.yml").read_text()
    assert written == reusable_workflow(), "renew it: python -m plugin_matrix.export.own ."


def test_tox_has_an_env_for_each_python_and_engine_that_go_together(run: Run, project: Path) -> None:
    settle(project, SETTINGS)
    exported = tomllib.loads(export(run, "--format", "tox"))
    # The project requires 0.32.0 at least, and that requires Python 3.11.
    assert exported["env_list"] == [
        "py311-reference-0.32.0",
        "py311-reference-0.33.0",
        "py312-reference-0.32.0",
        "py312-reference-0.33.0",
    ]


@pytest.mark.parametrize(
    ("more", "tox", "nox"),
    [
        ("", ("deps", ["pytest"]), 'session.install("pytest", ".")'),
        ('[dependency-groups]\ntests = ["pytest"]\n', ("dependency_groups", ["tests"]), '"tests"))'),
        (
            '[project.optional-dependencies]\ntest = ["pytest"]\n',
            ("extras", ["test"]),
            'session.install(".[test]")',
        ),
    ],
    ids=["neither", "group", "extra"],
)
def test_what_the_tests_need_is_what_the_project_says(
    run: Run, project: Path, more: str, tox: tuple[str, list[str]], nox: str
) -> None:
    settle(project, more)
    base = tomllib.loads(export(run, "--format", "tox"))["env_run_base"]
    assert base.pop("commands")
    assert base == {tox[0]: tox[1]}
    assert nox in export(run, "--format", "nox")


def test_a_noxfile_compiles(run: Run, project: Path) -> None:
    settle(project, SETTINGS)
    assert run("plugin_matrix", "export", "--format", "nox").returncode == 0
    py_compile.compile(str(project / "noxfile.py"), doraise=True)


NONE = """
[project]
name = "acme"
version = "1"
dependencies = ["vllm>=9"]
[project.entry-points."vllm.general_plugins"]
acme = "acme"
"""


@pytest.mark.parametrize(
    ("pyproject", "code", "told"),
    [
        ("[project", 2, "cannot be read"),
        (
            NONE,
            3,
            "declares to work on none of",
        ),
    ],
)
def test_a_project_that_nothing_can_be_written_for_is_told(
    run: Run, project: Path, tmp_path: Path, pyproject: str, code: int, told: str
) -> None:
    (project / "pyproject.toml").write_text(pyproject)
    done = run("plugin_matrix", "export", str(project), "--format", "tox", directory=tmp_path)
    assert done.returncode == code, done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def example(tmp_path: Path) -> Path:
    return shutil.copytree(EXAMPLE, tmp_path / "example", ignore=shutil.ignore_patterns(".tox", ".nox"))


def test_the_exported_noxfile_runs_the_tests_beside_the_engine(run: Run, tmp_path: Path) -> None:
    done = run("nox", "-t", "reference-0.33.0", directory=example(tmp_path), NOX_DEFAULT_VENV_BACKEND="uv")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "vllm: 0.33.0 (reference engine)" in done.stdout
    assert "5 passed" in done.stdout


def test_the_exported_tox_file_runs_the_tests_beside_the_engine(run: Run, tmp_path: Path) -> None:
    done = run("tox", "-e", "py311-reference-0.32.0", directory=example(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "vllm: 0.32.0 (reference engine)" in done.stdout
    assert "5 passed" in done.stdout


def gitlab_jobs(text: str) -> dict[str, dict[str, Any]]:
    """Return the jobs of a pipeline with what they extend laid below them."""
    document = yaml.safe_load(text)
    return {
        name: {**document[job["extends"]], **job}
        for name, job in document.items()
        if isinstance(job, dict) and "extends" in job
    }


@pytest.mark.parametrize(("broken", "code"), [(False, 0), (True, 1)], ids=["good", "breaking"])
def test_the_exported_gitlab_pipeline_decides(
    run: Run, tmp_path: Path, tool: tuple[Path, Path], store: Path, *, broken: bool, code: int
) -> None:
    directory = example(tmp_path)
    if broken:
        source = directory / "src" / "acme_plugin" / "__init__.py"
        source.write_text(source.read_text().replace("vllm.lora.resolver", "vllm.lora.resolvers"))
    exported = run("plugin_matrix", "export", "--format", "gitlab", "--shards", "2", directory=directory)
    assert exported.returncode == 0, exported.stderr
    jobs = gitlab_jobs((directory / ".gitlab" / "plugin-matrix.yml").read_text())
    ended = {}
    for name, job in jobs.items():
        entries = job.get("parallel", {"matrix": [{}]})["matrix"]
        nodes = [
            {**entry, "SHARD": shard} if shard else entry
            for entry in entries
            for shard in entry.get("SHARD", [""])
        ]
        for index, node in enumerate(nodes, 1):
            done = run_script(
                "\n".join([*job["before_script"], *job["script"]]),
                directory,
                python=tool[0],
                argv=("bash", "-eo", "pipefail"),
                variables={
                    "PLUGIN_MATRIX_REQUIREMENT": str(tool[1]),
                    "PLUGIN_MATRIX_STORE": str(store),
                    "CI_NODE_INDEX": str(index),
                    **node,
                },
            )
            ended[name, index] = (done.returncode, done.stdout)
    assert [key for key in ended if key[0] == "plugin-matrix-cells"] == [
        ("plugin-matrix-cells", 1),
        ("plugin-matrix-cells", 2),
    ]
    told = ended.pop(("plugin-matrix-gate", 1))
    assert {one[0] for one in ended.values()} == {0}, ended
    assert told[0] == code, told[1]
    assert (directory / "reports" / "junit.xml").is_file()
    assert ("vllm.lora.resolvers" in told[1]) is broken
