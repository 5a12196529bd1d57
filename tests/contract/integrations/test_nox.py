from pathlib import Path

import pytest

from plugin_matrix.engines.interpreters import find_interpreter
from plugin_matrix.errors import EnvironmentMakingError
from plugin_matrix.model import Accelerator, Platform
from plugin_matrix.nox import engine_ids

from .conftest import Run

NOXFILE = """
import nox
from plugin_matrix.nox import engine_session, install_engine

SHOW = "import vllm, sys; print('vllm is', vllm.__version__)"

@engine_session(torch=False)
def tests(session, engine):
    \"\"\"Run the tests.\"\"\"
    session.run("python", "-c", SHOW)
    session.log(f"engine is {engine}")

@engine_session("reference-0.26.0", ">=0.33", torch=False)
def chosen(session):
    session.run("python", "-c", SHOW)

@engine_session("reference-0.10.0", python=PYTHON, torch=False)
def old(session):
    session.run("python", "-c", SHOW)

@nox.session
def unknown(session):
    install_engine(session, "reference-0.333.0")

@nox.session(venv_backend="none")
def no_environment(session):
    install_engine(session, "latest")
"""


@pytest.fixture
def noxfile(project: Path) -> None:
    (project / "noxfile.py").write_text(NOXFILE.replace("PYTHON", "None"))


@pytest.mark.usefixtures("noxfile")
def test_sessions_are_named_for_the_engines_the_project_declares(run: Run) -> None:
    listed = run("nox", "--list").stdout
    assert [line.split()[1] for line in listed.splitlines() if line.startswith("* tests")] == [
        "tests(reference-0.32.0)",
        "tests(reference-0.33.0)",
    ]
    assert "Run the tests." in listed
    assert "chosen(reference-0.26.0)" in listed
    assert "chosen(reference-0.33.0)" in listed


@pytest.mark.usefixtures("noxfile")
def test_a_session_runs_beside_its_engine(run: Run) -> None:
    done = run("nox", "-t", "reference-0.33.0", "-s", "tests", "chosen")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("vllm is 0.33.0+reference") == 2
    assert "engine is reference-0.33.0" in done.stderr


def test_a_session_whose_python_the_engine_does_not_support_is_skipped(run: Run, project: Path) -> None:
    try:
        python = str(find_interpreter(Platform(Accelerator.CPU, "3.13")).executable)
    except EnvironmentMakingError as error:
        pytest.skip(str(error))
    (project / "noxfile.py").write_text(NOXFILE.replace("PYTHON", repr(python)))
    done = run("nox", "-s", "old")
    assert "vLLM 0.10.0 does not support Python 3.13." in done.stderr
    assert "skipped" in done.stderr


@pytest.mark.usefixtures("noxfile")
@pytest.mark.parametrize(
    ("session", "told"),
    [("unknown", "0.333.0"), ("no_environment", "An engine needs a virtual environment")],
)
def test_what_cannot_be_given_fails_the_session_and_says_why(run: Run, session: str, told: str) -> None:
    done = run("nox", "-s", session)
    assert done.returncode == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("", ["reference-0.32.0", "reference-0.33.0"]),
        ('[tool.plugin-matrix]\nengines = "latest"\n', ["reference-0.33.0"]),
        ("[tool.plugin-matrix]\nengines = { last-minors = 3 }\n", ["reference-0.32.0", "reference-0.33.0"]),
    ],
)
def test_the_engines_are_those_of_the_settings_that_the_project_declares(
    project: Path, settings: str, expected: list[str]
) -> None:
    with (project / "pyproject.toml").open("a") as file:
        file.write(settings)
    assert engine_ids(directory=project) == expected


def test_a_project_that_cannot_be_read_without_building_it_is_taken_to_work_everywhere(project: Path) -> None:
    (project / "pyproject.toml").write_text("[build-system]\nrequires = []\n")
    assert "reference-0.7.0" in engine_ids(directory=project)
