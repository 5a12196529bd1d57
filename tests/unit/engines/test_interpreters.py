"""Platforms by name and the interpreters behind them."""

import platform
import sys
from pathlib import Path

import pytest
from packaging.markers import default_environment

from plugin_matrix.engines import interpreters
from plugin_matrix.engines.interpreters import (
    default_platforms,
    find_interpreter,
    parse_platform,
    present_platforms,
)
from plugin_matrix.errors import EnvironmentMakingError, ExitCode, UnknownPlatformError
from plugin_matrix.model import Accelerator, Platform

THIS = default_platforms()[0]


@pytest.mark.parametrize("text", ["cpu-py39", "cpu-py310", "cpu-py311", " cpu-py313 "])
def test_a_platform_id_says_what_the_platform_says_back(text: str) -> None:
    assert parse_platform(text).id == text.strip()


@pytest.mark.parametrize(
    "text", ["", "cpu", "py311", "cpu-py3", "cpu-py27", "cpu-py38", "tpu-py311", "cpu-py3111"]
)
def test_what_is_no_platform_is_told_which_there_are(text: str) -> None:
    with pytest.raises(UnknownPlatformError, match="There is no platform") as caught:
        parse_platform(text)
    assert THIS.id in caught.value.next_step
    assert caught.value.exit_code is ExitCode.USAGE


def test_a_near_miss_is_told_what_may_have_been_meant() -> None:
    with pytest.raises(UnknownPlatformError, match=f"Did you mean.*{THIS.id}"):
        parse_platform(THIS.id.replace("-", ""))


def test_the_default_is_this_interpreters_platform_and_it_is_present() -> None:
    assert THIS.python == ".".join(platform.python_version_tuple()[:2])
    assert THIS in present_platforms()


def test_the_interpreter_found_is_real_and_knows_its_markers() -> None:
    found = find_interpreter(THIS)
    assert found.executable == found.executable.resolve()
    assert found.executable.is_relative_to(found.prefix)
    assert (found.prefix / "lib" / f"python{THIS.python}").is_dir()
    assert found.markers.keys() == default_environment().keys() - {"extra"}
    assert found.markers["sys_platform"] == sys.platform


def test_a_python_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(
        EnvironmentMakingError, match=r"no CPython 3\.98 .*there are .*" + THIS.python
    ) as caught:
        find_interpreter(Platform(Accelerator.CPU, "3.98"))
    assert "uv python install 3.98" in caught.value.next_step


def test_versions_of_pyenv_are_found_behind_its_shims(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setenv("PATH", f"{tmp_path / 'shims'}:/usr/bin")
    (tmp_path / "versions" / "3.98.1" / "bin").mkdir(parents=True)
    assert interpreters._search_path() == f"{tmp_path}/versions/3.98.1/bin:/usr/bin"


def test_a_pyenv_that_may_not_be_read_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied", str(tmp_path))

    monkeypatch.setattr(Path, "glob", refuse)
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setenv("PATH", f"{tmp_path}/shims:/usr/bin")
    assert interpreters._search_path() == "/usr/bin"
