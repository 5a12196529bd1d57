"""The command on terminals of every kind: none, without colour, with nothing but ASCII."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.report.decided import decided_results

from plugin_matrix.report import write_results

COMMANDS = {
    "report": ("report", "results.json", "--format", "terminal"),
    "gate": ("gate", "results.json"),
    "diff": ("diff", "empty.json", "results.json"),
    "explain": ("explain", "PM901", "acme", "--results", "results.json"),
}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    results = decided_results()
    write_results(results, tmp_path / "results.json")
    empty = type(results)(
        tool_version=results.tool_version,
        started=results.started,
        seconds=0,
        complete=True,
        engines=results.engines,
        platforms=results.platforms,
        plugins=results.plugins,
        cells=(),
        totals=type(results.totals).of(()),
    )
    write_results(empty, tmp_path / "empty.json")
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, "TERM": "xterm-256color", "PLUGIN_MATRIX_STORE": str(tmp_path / "store")}


def on_a_terminal(arguments: tuple[str, ...], directory: Path, environment: dict[str, str]) -> str:
    """Return what the command writes to a terminal."""
    outer, inner = pty.openpty()
    ended = subprocess.Popen(
        [sys.executable, "-m", "plugin_matrix", *arguments],
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=inner,
        stderr=inner,
    )
    os.close(inner)
    written = b""
    while True:
        try:
            part = os.read(outer, 65536)
        except OSError:
            break
        if not part:
            break
        written += part
    os.close(outer)
    ended.wait(60)
    return written.decode(errors="strict")


def in_a_pipe(arguments: tuple[str, ...], directory: Path, environment: dict[str, str]) -> bytes:
    ended = subprocess.run(
        [sys.executable, "-m", "plugin_matrix", *arguments],
        cwd=directory,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert b"Traceback" not in ended.stderr, ended.stderr.decode()
    return ended.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_a_pipe_gets_no_colour(tmp_path: Path, environment: dict[str, str], name: str) -> None:
    written = in_a_pipe(COMMANDS[name], tmp_path, environment)
    assert written
    assert b"\x1b" not in written


@pytest.mark.parametrize("name", COMMANDS)
def test_ascii_is_enough(tmp_path: Path, environment: dict[str, str], name: str) -> None:
    ascii_only = {**environment, "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    written = in_a_pipe(COMMANDS[name], tmp_path, ascii_only)
    assert written.isascii()
    # The reason of a known problem has a snowman in it.
    assert b"\\u2603" in written or name in {"diff", "gate"}


def test_a_terminal_gets_colour_and_one_without_does_not(tmp_path: Path, environment: dict[str, str]) -> None:
    coloured = on_a_terminal(COMMANDS["report"], tmp_path, environment)
    assert "\x1b[" in coloured
    for without in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        plain = on_a_terminal(COMMANDS["report"], tmp_path, {**environment, **without})
        assert "\x1b[3" not in plain
        assert "incompatible" in plain
