"""A real NVIDIA device for the reference engine, or the reason why these tests are not run."""

import functools
import importlib.util
import json
import os
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plugin_matrix.engines.history import core_directory
from plugin_matrix.model import EntryPoint, Plugin

REQUIRED = "PLUGIN_MATRIX_GPU_REQUIRED"
# In a process of its own: asking may make a context, and tests here say who makes one.
_ASK = """
import sys
try:
    import torch
except ImportError as error:
    sys.exit(f"torch is not installed for this Python ({error})")
if torch.version.cuda is None:
    sys.exit(f"torch {torch.__version__} is no CUDA build")
try:
    torch.ones(1, device="cuda")
except Exception as error:
    sys.exit(f"torch {torch.__version__} cannot use a device: {error}".splitlines()[0])
print(f"{torch.cuda.get_device_name(0)}, torch {torch.__version__}")
"""


@functools.cache
def device() -> tuple[str, str]:
    """Return the device and torch's build, and why there is none: one of the two is empty."""
    asked = subprocess.run([sys.executable, "-c", _ASK], capture_output=True, text=True, check=False)
    if asked.returncode == 0:
        return asked.stdout.strip(), ""
    return "", (asked.stderr.strip().splitlines() or ["the interpreter says nothing"])[-1]


def pytest_report_header() -> str:
    found, why = device()
    return f"device: {found or f'NONE, {why}'}"


@pytest.fixture(autouse=True, scope="session")
def _device() -> None:
    _, why = device()
    if why:
        text = f"NO GPU, NOTHING IS TESTED HERE: {why}"
        if os.environ.get(REQUIRED):
            pytest.fail(text)
        pytest.skip(text)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Skipped tests are easily taken for passed ones."""
    found, why = device()
    terminalreporter.write_line(f"Ran on {found}." if found else f"THE GPU TESTS WERE NOT RUN: {why}")


Tree = Callable[[str], Path]
Lay = Callable[[Path], Path]
Run = Callable[..., Any]


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """Return a function that lays out the reference engine of a release, once."""
    spec = importlib.util.spec_from_file_location("release_tree", core_directory() / "release_tree.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    @functools.cache
    def lay_out(release: str) -> Path:
        made: Path = module.build_tree(release, tmp_path_factory.mktemp(f"vllm-{release}"))
        return made

    return lay_out


@pytest.fixture(scope="session")
def lay(tmp_path_factory: pytest.TempPathFactory) -> Lay:
    """Return a function that installs a fixture plugin without building it, once."""

    @functools.cache
    def lay_out(fixture: Path) -> Path:
        plugin = plugin_of(fixture)
        layer = tmp_path_factory.mktemp(plugin.name)
        information = layer / f"{plugin.name.replace('-', '_')}-{plugin.version}.dist-info"
        information.mkdir()
        (information / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {plugin.name}\nVersion: {plugin.version}\n"
        )
        (information / "entry_points.txt").write_text(
            "".join(f"[{one.group}]\n{one.name} = {one.value}\n" for one in plugin.entry_points)
        )
        for package in (fixture / "src").iterdir():
            (layer / package.name).symlink_to(package)
        return layer

    return lay_out


def plugin_of(fixture: Path) -> Plugin:
    """Return what a fixture plugin's `pyproject.toml` says of it."""
    project = tomllib.loads((fixture / "pyproject.toml").read_text())["project"]
    points = tuple(
        EntryPoint(group, name, value)
        for group, entries in project["entry-points"].items()
        for name, value in entries.items()
    )
    return Plugin(
        name=project["name"],
        version=project["version"],
        entry_points=points,
        source=fixture.name,
        sha256="00",
    )


@pytest.fixture
def run(tree: Tree, tmp_path: Path) -> Run:
    """Return a function that runs Python text on a release with plugins; it returns the JSON printed last."""

    def go(release: str, code: str, *arguments: str, layers: tuple[Path, ...] = (), **variables: str) -> Any:
        program = tmp_path / "program.py"
        program.write_text(code)
        done = subprocess.run(
            [sys.executable, "-W", "ignore", str(program), *arguments],
            env=environment(tmp_path)
            | {"PYTHONPATH": os.pathsep.join(map(str, (tree(release), *layers)))}
            | variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        return json.loads(done.stdout.splitlines()[-1])

    return go


def environment(home: Path) -> dict[str, str]:
    """Return the environment of a process that may compute on a device."""
    passed = ("PATH", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES")
    return {name: os.environ[name] for name in passed if name in os.environ} | {
        "HOME": str(home),
        "TMPDIR": str(home),
        "LANG": "C.UTF-8",
        "VLLM_CACHE_ROOT": str(home / "cache"),
        "VLLM_WORKER_MULTIPROC_METHOD": "spawn",
    }


def site_packages() -> list[str]:
    """Return where this interpreter has torch."""
    return list(dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib")))
