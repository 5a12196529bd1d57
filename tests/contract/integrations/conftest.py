"""A project on disk, and the programs that are run on it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from plugin_matrix.plugins.uv import run_uv

ROOT = Path(__file__).parents[3]
Run = Callable[..., subprocess.CompletedProcess[str]]
PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "acme"
version = "1.0"
requires-python = ">=3.9"
dependencies = ["vllm>=0.32"]

[project.entry-points."vllm.general_plugins"]
acme = "acme:register"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A plugin that declares to work on 0.32.0 and later."""
    directory = tmp_path / "acme-project"
    (directory / "src" / "acme").mkdir(parents=True)
    (directory / "pyproject.toml").write_text(PROJECT)
    (directory / "src" / "acme" / "__init__.py").write_text("def register():\n    pass\n")
    return directory


@pytest.fixture
def run(project: Path, store: Path) -> Run:
    """Run a module of this environment in the project, as its author would run the program."""

    def run_module(
        module: str, *arguments: str, directory: Path = project, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PYTEST_", "TOX_", "PLUGIN_MATRIX_", "GITHUB_", "VIRTUAL_ENV"))
        }
        return subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=directory,
            env=inherited | {"PLUGIN_MATRIX_STORE": str(store), "NO_COLOR": "1"} | variables,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    return run_module


@pytest.fixture(scope="session")
def tool(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A Python that has plugin-matrix as its users install it, and the wheel it was installed from."""
    directory = tmp_path_factory.mktemp("tool")
    for arguments in (
        ["build", "--quiet", "--wheel", "--out-dir", str(directory), str(ROOT)],
        ["venv", "--quiet", "--seed", "--python", sys.executable, str(directory / "venv")],
    ):
        done = run_uv(arguments, directory=directory, seconds=300)
        assert done.ok, done.messages
    (wheel,) = directory.glob("*.whl")
    python = directory / "venv" / "bin" / "python"
    done = run_uv(
        ["pip", "install", "--quiet", "--python", str(python), str(wheel)], directory=directory, seconds=300
    )
    assert done.ok, done.messages
    return python, wheel
