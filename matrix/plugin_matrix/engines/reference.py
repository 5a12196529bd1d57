"""Wheels of the reference engine, one a release, kept in a store by what they were made from."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from plugin_matrix.engines.history import InterfaceHistory, core_directory
from plugin_matrix.errors import EngineError
from plugin_matrix.plugins.store import Store

KIND = "reference"
_BUILD_SECONDS = 120


def build_wheel(release: str, store: Path) -> Path:
    """Return the wheel of the reference engine at `release`, built once and kept below `store`.

    The wheel's directory is named by a hash over the core's files and the release, so an edited core is built
    anew. Processes that want the same wheel wait for the one that builds it.

    Raises `UnknownEngineError` for a release that is not in the history, `EngineError` when building fails,
    and as `Store.entry` does.
    """
    release = InterfaceHistory.load().resolve(release)
    core = core_directory()
    key = f"{release}-{_digest(core, release)}"
    entry = Store(store).entry(KIND, key, lambda path: _build(core, release, path))
    return next(entry.glob("vllm-*.whl"))


def _build(core: Path, release: str, directory: Path) -> None:
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-m", "hatchling", "build", "-t", "wheel", "-d", str(directory)],
            cwd=core,
            env=os.environ | {"VLLM_REFERENCE_RELEASE": release, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=_BUILD_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise EngineError(
            f"Building the reference engine {release} took more than {_BUILD_SECONDS} s.",
            next_step="Try again.",
        ) from error
    if done.returncode:
        raise EngineError(
            f"The reference engine {release} did not build: {_last_line(done.stderr)}",
            next_step="Report this with the core's changes.",
        )
    if not list(directory.glob("vllm-*.whl")):
        raise EngineError(f"The build of the reference engine {release} left no wheel.")


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "no message"


def _digest(core: Path, release: str) -> str:
    """Hash what the wheel is made from."""
    digest = hashlib.sha256(release.encode())
    for file in _inputs(core):
        content = file.read_bytes()
        digest.update(f"\0{file.relative_to(core).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def _inputs(core: Path) -> Iterator[Path]:
    for file in sorted(core.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts and file.suffix != ".pyc":
            yield file
