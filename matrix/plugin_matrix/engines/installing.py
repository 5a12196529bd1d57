"""Giving an engine to a virtual environment that is somebody else's: a nox session's, a tox env's, anyone's.

The engine and torch stay in the store, where they were installed once; the environment gets a `.pth` file
that names their directories, and a copy of their metadata. So installers see them there: `pip install .`
finds that `vllm>=0.20` and `torch` are satisfied, instead of fetching gigabytes.
"""

import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from packaging.utils import canonicalize_name

from plugin_matrix.engines.environment import Environment, Environments
from plugin_matrix.engines.pytest_wheel import pytest_wheel
from plugin_matrix.errors import EnvironmentMakingError, UsageError
from plugin_matrix.model import Accelerator, Engine, Platform
from plugin_matrix.plugins.uv import run_uv

PTH = "plugin_matrix_engine.pth"
_MARK = "PLUGIN_MATRIX"
"""File in each copy of metadata that is ours."""
_INSTALL_SECONDS = 120.0


def install_engine(engine: Engine, venv: Path, store: Path, *, torch: bool = True) -> Environment:
    """Give `engine` and the pytest plugin to the environment `venv`, in place of what was given before.

    Returns the engine's environment in the store. Raises `UsageError` where `venv` is none or has an engine
    that was installed by others, and what `Environments.provide` raises.
    """
    platform, packages = platform_of(venv), _packages(venv)
    environment = Environments(store).provide(engine, platform, torch=torch)
    _take_back(packages)
    _refuse_second_engine(packages, venv)
    present = {_project(info) for info in packages.glob("*.dist-info")}
    for information in _metadata(environment.layers):
        if _project(information) not in present:
            present.add(_project(information))
            _copy(information, packages)
    (packages / PTH).write_text("".join(f"{layer}\n" for layer in environment.layers), encoding="utf-8")
    _install_pytest_plugin(venv, store)
    return environment


def platform_of(venv: Path) -> Platform:
    """Return the platform of a virtual environment's Python; raises `UsageError` where it is none."""
    name = _packages(venv).parent.name
    match = re.fullmatch(r"python(3\.\d+)", name)
    if match is None:
        raise UsageError(
            f"{venv} has a Python that engines are not made for: {name}.",
            next_step="Use a CPython with the global interpreter lock.",
        )
    return Platform(Accelerator.CPU, match[1])


def _packages(venv: Path) -> Path:
    found = sorted(venv.glob("lib/python3.*/site-packages"))
    if not (venv / "pyvenv.cfg").is_file() or len(found) != 1:
        raise UsageError(f"{venv} is no virtual environment.", next_step=f"Make one: python3 -m venv {venv}")
    return found[0]


def _take_back(packages: Path) -> None:
    """Remove what was given before."""
    for information in packages.glob("*.dist-info"):
        if (information / _MARK).is_file():
            shutil.rmtree(information)
    (packages / PTH).unlink(missing_ok=True)


def _refuse_second_engine(packages: Path, venv: Path) -> None:
    for information in packages.glob("*.dist-info"):
        if _project(information) == "vllm":
            raise UsageError(
                f"{venv} has an engine already: {information.name.removesuffix('.dist-info')}.",
                next_step="Leave vllm out of what is installed before, or use another environment.",
            )


def _metadata(layers: Sequence[Path]) -> Iterator[Path]:
    for layer in layers:
        yield from sorted(layer.glob("*.dist-info"))


def _project(information: Path) -> str:
    return canonicalize_name(information.name.partition("-")[0])


def _copy(information: Path, packages: Path) -> None:
    """Copy metadata; its RECORD names the copy alone, so that uninstalling touches nothing of the store."""
    copy = packages / information.name
    shutil.copytree(information, copy, ignore=shutil.ignore_patterns("RECORD*", "INSTALLER", "REQUESTED"))
    (copy / _MARK).write_text("The distribution itself is where plugin_matrix_engine.pth says.\n")
    (copy / "INSTALLER").write_text("plugin-matrix\n")
    files = sorted(file.relative_to(packages).as_posix() for file in copy.rglob("*") if file.is_file())
    (copy / "RECORD").write_text("".join(f"{file},,\n" for file in [*files, f"{copy.name}/RECORD"]))


def _install_pytest_plugin(venv: Path, store: Path) -> None:
    wheel = pytest_wheel(store)
    # --no-deps: pytest is the tests' own affair, and may be installed later.
    arguments = ["pip", "install", "--quiet", "--python", str(venv), "--no-deps", "--no-index", "--no-config"]
    result = run_uv([*arguments, "--reinstall", str(wheel)], directory=wheel.parent, seconds=_INSTALL_SECONDS)
    if not result.ok:
        raise EnvironmentMakingError(
            f"The pytest plugin cannot be installed into {venv}:\n{result.last_lines}\n",
            next_step="See that the environment can be written.",
        )
