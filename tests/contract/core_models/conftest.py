import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from plugin_matrix.engines.history import core_directory

Run = Callable[..., str]


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Lay out the reference engine of a release, once."""
    spec = importlib.util.spec_from_file_location("release_tree", core_directory() / "release_tree.py")
    assert spec is not None
    assert spec.loader is not None
    release_tree = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(release_tree)
    made: dict[str, Path] = {}

    def lay_out(release: str) -> Path:
        if release not in made:
            made[release] = release_tree.build_tree(release, tmp_path_factory.mktemp(f"vllm-{release}"))
        return made[release]

    return lay_out


@pytest.fixture
def run(tree: Callable[[str], Path], tmp_path: Path) -> Run:
    """Run Python in a release.

    `run(release, source or path, *paths, python=.., **environment)` -> standard output.
    """

    def go(
        release: str, program: str | Path, *paths: Path, python: str = sys.executable, **environment: str
    ) -> str:
        file = program if isinstance(program, Path) else tmp_path / "program.py"
        if not isinstance(program, Path):
            file.write_text(program)
        done = subprocess.run(
            [python, "-W", "ignore", str(file)],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(tmp_path),
                "PYTHONPATH": os.pathsep.join(map(str, (tree(release), *paths))),
                "VLLM_CACHE_ROOT": str(tmp_path / "cache"),
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        if done.returncode:
            pytest.fail(
                f"exit code {done.returncode} on {release}:\n{done.stdout[-1000:]}\n{done.stderr[-3000:]}"
            )
        return done.stdout

    return go
