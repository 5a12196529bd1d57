"""Wheels of the reference engine, one a release, kept in a store by what they were made from."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock

from plugin_matrix.engines.history import InterfaceHistory, core_directory
from plugin_matrix.errors import DiskFullError, EngineError

_BUILD_SECONDS = 120
_NO_SPACE = 28  # errno.ENOSPC


def build_wheel(release: str, store: Path) -> Path:
    """Return the wheel of the reference engine at `release`, built once and kept below `store`.

    The wheel's directory is named by a hash over the core's files and the release, so an edited core is built
    anew. Processes that want the same wheel wait for the one that builds it.

    Raises `UnknownEngineError` for a release that is not in the history, `EngineError` when building fails
    and `DiskFullError` when there is no room.
    """
    release = InterfaceHistory.load().resolve(release)
    core = core_directory()
    directory = store / "reference" / f"{release}-{_digest(core, release)}"
    try:
        built = _wheel_in(directory)
        if built is not None:
            return built
        directory.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(directory.with_suffix(".lock")):
            return _wheel_in(directory) or _build(core, release, directory)
    except OSError as error:
        if error.errno == _NO_SPACE:
            raise DiskFullError(
                f"No room for the reference engine {release} below {store}.", next_step="Free some space."
            ) from error
        raise EngineError(
            f"The reference engine {release} cannot be built below {store}: {error}.",
            next_step="Check that the directory can be written.",
        ) from error


def _wheel_in(directory: Path) -> Path | None:
    return next(iter(directory.glob("vllm-*.whl")), None)


def _build(core: Path, release: str, directory: Path) -> Path:
    """Build into a directory beside the final one and rename: nobody sees half a wheel."""
    scratch = Path(tempfile.mkdtemp(dir=directory.parent, prefix=".building-"))
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-m", "hatchling", "build", "-t", "wheel", "-d", str(scratch)],
            cwd=core,
            env=os.environ | {"VLLM_REFERENCE_RELEASE": release, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=_BUILD_SECONDS,
            check=False,
        )
        if done.returncode:
            raise EngineError(
                f"The reference engine {release} did not build: {_last_line(done.stderr)}",
                next_step="Report this with the core's changes.",
            )
        scratch.rename(directory)
    except subprocess.TimeoutExpired as error:
        raise EngineError(
            f"Building the reference engine {release} took more than {_BUILD_SECONDS} s.",
            next_step="Try again.",
        ) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    wheel = _wheel_in(directory)
    if wheel is None:
        raise EngineError(f"The build of the reference engine {release} left no wheel in {directory}.")
    return wheel


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
