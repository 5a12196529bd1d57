"""Running uv, with a stand-in for its program that does what the case needs."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from plugin_matrix.errors import DiskFullError
from plugin_matrix.plugins.uv import interrupt_uv, run_uv


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file to write the stand-in's shell script to."""
    path = tmp_path / "uv"
    path.touch(0o755)
    monkeypatch.setattr("plugin_matrix.plugins.uv.uv_package.find_uv_bin", lambda: str(path))
    return path


def script(program: Path, text: str) -> None:
    program.write_text(f"#!/bin/sh\n{text}\n")


def test_the_callers_own_environment_is_not_handed_on(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", "/mine")
    monkeypatch.setenv("PYTHONPATH", "/mine")
    script(program, 'echo "[$VIRTUAL_ENV$PYTHONPATH] $1 $EXTRA"')
    result = run_uv(["asked"], directory=tmp_path, seconds=10, variables={"EXTRA": "given"})
    assert result.ok
    assert result.output == "[] asked given\n"


def test_output_without_end_is_bounded(program: Path, tmp_path: Path) -> None:
    script(program, "yes")
    result = run_uv([], directory=tmp_path, seconds=20, file_bytes=1 << 20)
    assert not result.ok
    assert not result.timed_out
    assert len(result.output) == 64 * 1024


def test_children_are_ended_with_uv_when_its_time_is_over(program: Path, tmp_path: Path) -> None:
    script(program, f"sh -c 'echo $$ > {tmp_path}/child; exec sleep 60' & sleep 60")
    started = time.monotonic()
    result = run_uv([], directory=tmp_path, seconds=0.5)
    assert time.monotonic() - started < 10
    assert result.timed_out
    assert result.last_lines == "it ran out of time"
    child = int((tmp_path / "child").read_text())
    # The kernel takes a moment to carry out a kill.
    while alive(child) and time.monotonic() - started < 10:
        time.sleep(0.01)
    assert not alive(child)


def test_a_full_disk_is_not_taken_for_trouble_with_a_package(program: Path, tmp_path: Path) -> None:
    script(program, 'echo "error: failed to write: No space left on device (os error 28)" >&2; exit 2')
    with pytest.raises(DiskFullError):
        run_uv([], directory=tmp_path, seconds=10)


def test_an_interrupted_run_does_not_wait_for_uv(program: Path, tmp_path: Path) -> None:
    script(program, f"touch {tmp_path}/started; sleep 60")
    results = []
    thread = threading.Thread(target=lambda: results.append(run_uv([], directory=tmp_path, seconds=60)))
    thread.start()
    while not (tmp_path / "started").exists():
        time.sleep(0.01)
    interrupt_uv()
    thread.join(10)
    assert [result.ok for result in results] == [False]


def test_uv_is_found_by_many_threads_at_once_in_a_fresh_process() -> None:
    code = """if True:
        import sys, threading
        from plugin_matrix.plugins import uv
        sys.setswitchinterval(1e-6)
        gate, found = threading.Barrier(8), []
        def find():
            gate.wait()
            found.append(uv.uv_package.find_uv_bin())
        threads = [threading.Thread(target=find) for _ in range(8)]
        [thread.start() for thread in threads], [thread.join() for thread in threads]
        sys.exit(len(found) != 8)
    """
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


def alive(process: int) -> bool:
    return bool(psutil.pid_exists(process) and psutil.Process(process).status() != psutil.STATUS_ZOMBIE)


def test_the_reason_is_one_line_without_drawings(program: Path, tmp_path: Path) -> None:
    script(
        program, "printf 'error: no\\n  \\342\\224\\200\\342\\225\\256 because\\n\\n  of that\\n' >&2; exit 1"
    )
    assert run_uv([], directory=tmp_path, seconds=10).reason == "no because of that"
    assert os.linesep not in run_uv([], directory=tmp_path, seconds=10).reason
