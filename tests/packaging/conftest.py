"""What a release would upload, built once: the sdist, and the wheel from it and from the tree."""

import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.packaging.artefacts import ROOT, Built, build, run


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build everything a release has."""
    place = tmp_path_factory.mktemp("built")
    sdist = build(ROOT, place / "sdist", "sdist")
    with tarfile.open(sdist) as archive:
        archive.extractall(place / "unpacked", filter="data")
    (unpacked,) = (place / "unpacked").iterdir()
    return Built(sdist, build(ROOT, place / "wheel", "wheel"), build(unpacked, place / "again", "wheel"))


def by_pip(environment: Path, wheel: Path) -> None:
    """Make an environment and install as the newcomer does."""
    run([sys.executable, "-m", "venv", environment])
    run([environment / "bin" / "python", "-m", "pip", "install", "--quiet", wheel])


def by_uv(environment: Path, wheel: Path) -> None:
    """Make an environment and install with uv."""
    run(["uv", "venv", "--quiet", "--python", sys.executable, environment])
    python = environment / "bin" / "python"
    run(["uv", "pip", "install", "--quiet", "--python", python, wheel])


@pytest.fixture(scope="session", params=[by_pip, by_uv], ids=["pip", "uv"])
def installed(request: pytest.FixtureRequest, built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an environment that has the wheel, what it requires, and nothing else."""
    environment = tmp_path_factory.mktemp("bare") / "environment"
    install: Callable[[Path, Path], None] = request.param
    install(environment, built.wheel)
    return environment


@pytest.fixture(scope="session")
def offline() -> list[str]:
    """Return the words before a command that take the network from it."""
    for words in (["unshare", "--user", "--map-root-user", "--net"], ["unshare", "--net"]):
        if (
            shutil.which(words[0])
            and subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0
        ):
            return words
    pytest.skip("this machine lets nobody have a network namespace")


@pytest.fixture
def newcomer(tmp_path: Path) -> dict[str, str]:
    """Return the environment variables of somebody who has nothing set up."""
    home = tmp_path / "home"
    home.mkdir()
    return {"HOME": str(home), "PATH": os.defpath, "LANG": "C.UTF-8"}
