"""Environments for a Python that is in an image and not on this machine: made here, used there."""

from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from plugin_matrix.engines.base import site_packages
from plugin_matrix.engines.environment import Environments
from plugin_matrix.engines.interpreters import Interpreter, image_interpreter
from plugin_matrix.errors import EnvironmentMakingError
from plugin_matrix.model import Accelerator, Engine, EngineKind, Platform
from plugin_matrix.plugins import open_plugin
from plugin_matrix.plugins.indexes import PackageSources

ENGINE = Engine(EngineKind.REFERENCE, "0.33.0")
PLATFORM = Platform(Accelerator.CPU, "3.19")
INTERPRETER = image_interpreter(PurePosixPath("/usr/local/bin/python3.19"), "3.19.2", "sha256:1")


@pytest.fixture
def links(tmp_path: Path) -> Path:
    directory = tmp_path / "links"
    directory.mkdir()
    return directory


@pytest.fixture
def compiled() -> list[Path]:
    return []


@pytest.fixture
def environments(tmp_path: Path, links: Path, compiled: list[Path], make_wheel: Any) -> Environments:
    def build(release: str, _: Path) -> Path:
        files = {"vllm/__init__.py": f'__version__ = "{release}"\n'}
        return Path(make_wheel("vllm", f"{release}+reference", files=files, entry_points=None))

    def find(platform: Platform) -> Interpreter:
        assert platform == PLATFORM
        return INTERPRETER

    return Environments(
        tmp_path / "store",
        sources=PackageSources(offline=True, find_links=(str(links),)),
        build=build,
        find=find,
        compile_byte_code=compiled.append,
        stand_ins=PurePosixPath("/opt/stand-ins"),
    )


def test_its_python_is_a_link_into_the_image_and_its_packages_are_here(
    environments: Environments, compiled: list[Path]
) -> None:
    environment = environments.provide(ENGINE, PLATFORM, torch=False)
    assert environment.python.parent.is_dir()
    assert str((environment.python).readlink()) == "/usr/local/bin/python3.19"
    assert not environment.python.exists()
    settings = (environment.python.parent.parent / "pyvenv.cfg").read_text()
    assert "home = /usr/local/bin\n" in settings
    (layer,) = environment.engine_layers
    assert layer.name == "site-packages"
    assert layer.parent.name == "python3.19"
    assert (layer / "vllm" / "__init__.py").read_text() == '__version__ = "0.33.0"\n'
    assert not list(layer.rglob("*.pyc"))
    assert {path.name for path in compiled} == {"site-packages"}


def test_its_path_ends_with_the_base_and_the_stand_ins(environments: Environments) -> None:
    environment = environments.provide(ENGINE, PLATFORM, torch=False)
    behind = (environment.engine_layers[0] / "base.pth").read_text().splitlines()
    base = site_packages(environment.base.path, INTERPRETER)
    assert behind == [str(base), "/opt/stand-ins"]
    assert environment.read_only == (environment.python.parent.parent, environment.base.path)


def test_torch_without_a_wheel_for_that_python_is_left_out_and_said(environments: Environments) -> None:
    environment = environments.provide(ENGINE, PLATFORM)
    assert not environment.has_torch
    assert "for Python 3.19.2 cannot be installed" in environment.torch_problem


def test_dependencies_are_those_of_that_python_and_not_of_this_one(
    environments: Environments, links: Path, make_wheel: Any, tmp_path: Path, compiled: list[Path]
) -> None:
    for name in ("for_all", "for_new"):
        make_wheel(name, "1.0", files={f"{name}/__init__.py": ""}, entry_points=None, directory=links)
    requires = ["for_all", "for_new; python_version >= '3.19'", "for_old; python_version < '3.19'"]
    wheel = make_wheel("acme", "1.0", requires=requires)
    opened = open_plugin(str(wheel), tmp_path / "store", PackageSources(offline=True))
    environment = environments.provide(ENGINE, PLATFORM, torch=False)
    layer = environments.add_plugin(opened, environment)
    assert layer.missing == ()
    (dependencies,) = layer.dependency_paths
    assert {place.name for place in dependencies.iterdir() if "-" not in place.name} >= {"for_all", "for_new"}
    assert not (dependencies / "for_old").exists()
    assert compiled[-1].name == "made"


def test_byte_code_that_cannot_be_made_leaves_no_environment(
    environments: Environments, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(_: Path) -> None:
        raise EnvironmentMakingError("the container was stopped")

    monkeypatch.setattr(environments, "_compile", fail)
    with pytest.raises(EnvironmentMakingError, match="the container was stopped"):
        environments.provide(ENGINE, PLATFORM, torch=False)
    left = [path for path in (tmp_path / "store" / "environments").glob("*") if path.is_dir()]
    assert left == []
