"""Building what a release uploads, and running commands on it."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[2]
BUILD_SECONDS = 300.0


class Built(msgspec.Struct, frozen=True):
    """The artefacts of one build."""

    sdist: Path
    wheel: Path
    """From the tree."""
    wheel_of_sdist: Path


def run(
    command: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    seconds: float = BUILD_SECONDS,
) -> str:
    """Run a command to its end and return what it printed; the test fails where the command does."""
    words = [str(part) for part in command]
    ended = subprocess.run(
        words, cwd=cwd, env=env, timeout=seconds, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, f"{words}: {ended.stdout}\n{ended.stderr}"
    return ended.stdout


def build(source: Path, into: Path, kind: str) -> Path:
    """Build one artefact with the backend that is installed here."""
    into.mkdir()
    run([sys.executable, "-m", "build", "--no-isolation", f"--{kind}", "--outdir", into, source])
    (artefact,) = into.iterdir()
    return artefact
