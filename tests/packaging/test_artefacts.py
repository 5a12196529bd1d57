"""The sdist and the wheel: whole, the same whichever way they are made, and such as an index takes."""

import email
import shutil
import subprocess
import sys
import tomllib
import zipfile
from email.message import Message
from pathlib import Path

import pytest
from tests.packaging.artefacts import ROOT, Built, run

PACKAGE = ROOT / "matrix" / "plugin_matrix"
SHIPPED = {
    "plugin_matrix": PACKAGE,
    "plugin_matrix/data/core": ROOT / "core",
    "plugin_matrix/data/dockerfiles": ROOT / "dockerfiles",
}


def content(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def metadata(wheel: Path) -> Message:
    (name,) = (name for name in content(wheel) if name.endswith(".dist-info/METADATA"))
    return email.message_from_bytes(content(wheel)[name])


def tracked(directory: Path) -> set[str]:
    listed = subprocess.run(
        [shutil.which("git") or "git", "ls-files", "-z"],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout: nothing says which files belong to it")
    return {name for name in listed.stdout.split("\0") if name}


def test_the_wheel_from_the_sdist_is_the_wheel_from_the_tree(built: Built) -> None:
    from_tree, from_sdist = content(built.wheel), content(built.wheel_of_sdist)
    assert from_tree.keys() == from_sdist.keys()
    assert [name for name in from_tree if from_tree[name] != from_sdist[name]] == []


def test_the_wheel_holds_every_file_of_the_package_and_no_other(built: Built) -> None:
    expected = {f"{place}/{name}" for place, directory in SHIPPED.items() for name in tracked(directory)}
    held = {name for name in content(built.wheel) if ".dist-info/" not in name}
    assert held == expected
    assert {"plugin_matrix/py.typed", "plugin_matrix/data/surface.sqlite"} <= held


def test_an_index_takes_both(built: Built) -> None:
    run([sys.executable, "-m", "twine", "check", "--strict", built.sdist, built.wheel])


def test_the_project_table_is_valid() -> None:
    run([sys.executable, "-m", "validate_pyproject", ROOT / "pyproject.toml"])


def test_who_only_checks_installs_no_container_client(built: Built) -> None:
    requires = metadata(built.wheel).get_all("Requires-Dist", [])
    assert [one for one in requires if one.startswith("docker")] == ["docker>=7.1; extra == 'containers'"]
    assert metadata(built.wheel).get_all("Provides-Extra") == ["containers"]


def test_every_requirement_has_a_lower_bound_and_no_upper_one() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [one for extra in project["optional-dependencies"].values() for one in extra]
    for requirement in [*project["dependencies"], *extras]:
        assert ">=" in requirement, requirement
        assert "<" not in requirement, requirement
        assert "==" not in requirement, requirement
