"""Wheels of the reference engine are built once for each content and release."""

import errno
import subprocess
import threading
import zipfile
from configparser import ConfigParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from plugin_matrix.engines import reference
from plugin_matrix.errors import DiskFullError, EngineError, EnvironmentMakingError, UnknownEngineError


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.mark.parametrize(
    ("release", "has", "lacks", "plugins"),
    [
        ("0.6.4.post1", "vllm/platforms/interface.py", "vllm/lora/resolver.py", []),
        (
            "0.13.0",
            "vllm/attention/selector.py",
            "vllm/v1/attention/selector.py",
            ["lora_filesystem_resolver"],
        ),
        (
            "0.33.0",
            "vllm/v1/attention/selector.py",
            "vllm/attention/selector.py",
            ["lora_filesystem_resolver", "lora_hf_hub_resolver"],
        ),
    ],
)
def test_a_wheel_holds_the_modules_and_entry_points_of_its_release(
    release: str, has: str, lacks: str, plugins: list[str], store: Path
) -> None:
    wheel = reference.build_wheel(release, store)
    assert wheel.name == f"vllm-{release}+reference-py3-none-any.whl"
    assert wheel.stat().st_size < 400_000
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        assert has in names
        assert lacks not in names
        info = f"vllm-{release}+reference.dist-info"
        points = ConfigParser()
        if plugins:
            points.read_string(archive.read(f"{info}/entry_points.txt").decode())
            assert list(points["vllm.general_plugins"]) == plugins
        else:
            assert f"{info}/entry_points.txt" not in names
        assert f"Version: {release}+reference\n" in archive.read(f"{info}/METADATA").decode()


def test_the_same_wheel_is_not_built_twice(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = reference.build_wheel("0.9.0", store)
    monkeypatch.setattr(subprocess, "run", None)
    assert reference.build_wheel("0.9.0", store) == first
    assert reference.build_wheel("0.9", store) == first


def test_many_threads_that_want_one_wheel_build_it_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    builds: list[str] = []
    build = reference._build

    def counted(core: Path, release: str, directory: Path) -> None:
        builds.append(release)
        build(core, release, directory)

    monkeypatch.setattr(reference, "_build", counted)
    found: list[Path] = []
    threads = [
        threading.Thread(target=lambda: found.append(reference.build_wheel("0.10.2", tmp_path)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert builds == ["0.10.2"]
    assert len(set(found)) == 1
    assert len(found) == 4


def test_another_core_gives_another_place(tmp_path: Path) -> None:
    for text in ("one", "two"):
        core = tmp_path / text
        core.mkdir()
        (core / "file.py").write_text(text, "utf-8")
    (tmp_path / "two" / "__pycache__").mkdir()
    digest = reference._digest(tmp_path / "one", "0.9.0")
    assert digest != reference._digest(tmp_path / "two", "0.9.0")
    assert digest != reference._digest(tmp_path / "one", "0.9.1")
    (tmp_path / "two" / "file.py").write_text("one", "utf-8")
    (tmp_path / "two" / "__pycache__" / "file.pyc").write_text("x", "utf-8")
    assert digest == reference._digest(tmp_path / "two", "0.9.0")


def test_an_unknown_release_is_refused_before_anything_is_built(tmp_path: Path) -> None:
    with pytest.raises(UnknownEngineError, match="Did you mean"):
        reference.build_wheel("0.99.0", tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_failed_build_is_one_sentence_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = SimpleNamespace(returncode=1, stdout="", stderr="Traceback\nValueError: broken hook\n")
    monkeypatch.setattr(subprocess, "run", lambda *_a, **_k: failed)
    with pytest.raises(EngineError, match=r"0\.9\.1 did not build: ValueError: broken hook"):
        reference.build_wheel("0.9.1", tmp_path)
    assert not list((tmp_path / "reference").iterdir())


@pytest.mark.parametrize(
    ("number", "error"),
    [
        (errno.ENOSPC, DiskFullError),
        (errno.EACCES, EnvironmentMakingError),
        (errno.EROFS, EnvironmentMakingError),
    ],
)
def test_trouble_with_the_disk_is_ours(
    number: int, error: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: Any, **_keywords: Any) -> None:
        raise OSError(number, "refused")

    monkeypatch.setattr(subprocess, "run", refuse)
    with pytest.raises(error, match="store"):
        reference.build_wheel("0.9.2", tmp_path)
