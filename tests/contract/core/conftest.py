"""Trees of the reference engine, one a release and session."""

import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from plugin_matrix.engines.history import InterfaceHistory, core_directory


def _release_tree() -> ModuleType:
    spec = importlib.util.spec_from_file_location("release_tree", core_directory() / "release_tree.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def history() -> InterfaceHistory:
    return InterfaceHistory.load()


@pytest.fixture(scope="session")
def release_tree() -> ModuleType:
    return _release_tree()


@pytest.fixture(scope="session")
def engine(release_tree: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a function that gives the tree of a release, without vLLM's own entry points."""
    trees: dict[str, Path] = {}

    def tree(release: str) -> Path:
        if release not in trees:
            trees[release] = release_tree.build_tree(
                release, tmp_path_factory.mktemp("engine"), metadata=False
            )
        return trees[release]

    return tree


@pytest.fixture(scope="session")
def python(engine: Callable[[str], Path]) -> Callable[..., str]:
    """Return a function that runs Python text on a release's engine and gives what it printed."""

    def run(
        release: str, code: str, *arguments: str, given: str = "", environment: dict[str, str] | None = None
    ) -> str:
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            env={"PYTHONPATH": str(engine(release)), "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}
            | (environment or {}),
            input=given,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run
