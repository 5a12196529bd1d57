"""The pytest plugin as a wheel of its own, for environments this distribution cannot be installed into.

An engine's Python may be older than the harness's, and its packages are not to be mixed with ours. The wheel
holds the pytest plugin and the probe it rests on, under a name of its own, so that both may be installed.
"""

import hashlib
import shutil
import subprocess
import sys
from importlib import resources
from importlib.metadata import version
from pathlib import Path

from plugin_matrix.errors import EngineError
from plugin_matrix.plugins.store import Store

KIND = "pytest"
NAME = "vllm-plugin-matrix-pytest"
PACKAGE = "plugin_matrix_pytest"
ENTRY_POINT = "vllm_plugin_matrix"
"""As that of this distribution: pytest loads one plugin of a name."""
_PARTS = ("probe", "pytest_plugin")
_BUILD_SECONDS = 120
_PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "{name}"
version = "{version}"
description = "The pytest plugin of vllm-plugin-matrix, for an engine's environment."
requires-python = ">=3.9"
license = "Apache-2.0"
dependencies = ["pytest>=7.0", "packaging>=21"]

[project.entry-points.pytest11]
{entry_point} = "{package}.pytest_plugin"

[tool.hatch.build.targets.wheel]
packages = ["{package}"]
"""


def pytest_wheel(store: Path) -> Path:
    """Return the wheel of the pytest plugin, built once and kept below `store`; raises `EngineError`."""
    sources = Path(str(resources.files("plugin_matrix")))
    entry = Store(store).entry(KIND, _digest(sources), lambda path: _build(sources, path))
    return next(entry.glob("*.whl"))


def _digest(sources: Path) -> str:
    digest = hashlib.sha256(f"{version('vllm-plugin-matrix')}\0{_PROJECT}".encode())
    for part in _PARTS:
        for file in sorted((sources / part).rglob("*.py")):
            digest.update(f"\0{file.relative_to(sources).as_posix()}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _build(sources: Path, directory: Path) -> None:
    project = directory.with_name("project")
    package = project / PACKAGE
    for part in _PARTS:
        shutil.copytree(
            sources / part, package / part, ignore=shutil.ignore_patterns("__pycache__", "ruff.toml")
        )
    (package / "__init__.py").write_text('"""The pytest plugin of vllm-plugin-matrix and its probe."""\n')
    filled = _PROJECT.format(
        name=NAME, package=PACKAGE, entry_point=ENTRY_POINT, version=version("vllm-plugin-matrix")
    )
    (project / "pyproject.toml").write_text(filled)
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-m", "hatchling", "build", "-t", "wheel", "-d", str(directory)],
            cwd=project,
            capture_output=True,
            text=True,
            timeout=_BUILD_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise EngineError(
            f"Building the pytest plugin took more than {_BUILD_SECONDS} s.", next_step="Try again."
        ) from error
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise EngineError(
            f"The pytest plugin did not build: {last}", next_step="Install plugin-matrix again."
        )
