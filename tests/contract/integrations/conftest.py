"""A project on disk, and the programs that are run on it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

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
