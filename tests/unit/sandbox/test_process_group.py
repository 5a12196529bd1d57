"""The strategy of a machine that permits neither namespaces nor control groups."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from plugin_matrix.errors import SandboxError
from plugin_matrix.sandbox import Command, End, Execution, Limits
from plugin_matrix.sandbox.process import ProcessSandbox
from plugin_matrix.sandbox.strategy import Strategy

Run = Callable[..., Execution]
MEBIBYTE = 1024**2
QUICK = Limits(wall_seconds=20, memory_bytes=256 * MEBIBYTE, processes=32)
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may change user")


def test_it_says_loudly_what_is_missing(weak_sandbox: ProcessSandbox) -> None:
    missing = "; ".join(weak_sandbox.isolation.missing)
    for word in ("network", "process namespace", "read-only", "scratch", "control group"):
        assert word in missing
    assert any("sampled" in statement for statement in weak_sandbox.isolation.enforced)


def test_a_program_runs_with_its_result_and_its_scratch_is_removed(run_weakly: Run) -> None:
    source = """
    import os
    os.mkdir("closed")
    open("closed/file", "w")
    os.chmod("closed", 0)
    open(os.environ["RESULT"], "w").write(os.getcwd())
    """
    execution = run_weakly(source)
    assert execution.result is not None
    assert not Path(execution.result.decode()).exists()


@pytest.mark.parametrize(
    ("source", "end", "code"),
    [
        ("import sys; sys.exit(3)", End.EXITED, 3),
        ("import ctypes; ctypes.string_at(0)", End.SIGNALLED, signal.SIGSEGV),
        ("import time; time.sleep(100)", End.WALL_TIME, signal.SIGKILL),
        ("import os\nwhile True: os.write(1, bytes(65536))", End.OUTPUT, signal.SIGKILL),
        ("held = [b'x' * 1024 ** 2 for _ in range(10_000)]", End.MEMORY, signal.SIGKILL),
        ("while True: pass", End.SIGNALLED, signal.SIGXCPU),
    ],
)
def test_the_limits_hold(run_weakly: Run, source: str, end: End, code: int) -> None:
    limits = Limits(
        wall_seconds=1 if end is End.WALL_TIME else 20,
        cpu_seconds=1,
        memory_bytes=128 * MEBIBYTE,
        output_bytes=MEBIBYTE,
        processes=32,
    )
    execution = run_weakly(source, limits=limits)
    assert (execution.end, execution.code) == (end, code), execution.output


def test_memory_shared_between_processes_counts_once(run_weakly: Run) -> None:
    source = """
    import os, time
    held = b"x" * (60 * 1024 ** 2)
    for _ in range(6):
        if not os.fork():
            time.sleep(0.5)
            os._exit(0)
    time.sleep(0.6)
    """
    execution = run_weakly(source, limits=msgspec.structs.replace(QUICK, memory_bytes=128 * MEBIBYTE))
    assert execution.end is End.EXITED


def test_a_filled_scratch_directory_ends_the_program(run_weakly: Run) -> None:
    source = """
    import time
    for number in range(64):
        open(str(number), "wb").write(bytes(1 << 20))
    time.sleep(100)
    """
    execution = run_weakly(source, limits=msgspec.structs.replace(QUICK, scratch_bytes=16 * MEBIBYTE))
    assert (execution.end, execution.code) == (End.SIGNALLED, signal.SIGXFSZ)


@pytest.mark.parametrize("depth", [1_000, 3_000])
def test_a_scratch_directory_deep_beyond_measure_does_no_harm(run_weakly: Run, depth: int) -> None:
    source = f"""
    import os, time
    for _ in range({depth}):
        os.mkdir("d")
        os.chdir("d")
    time.sleep(0.3)
    """
    assert run_weakly(source).end in {End.EXITED, End.SIGNALLED}
    # The fixture beside every test finds no directory.


def test_daemonised_grandchildren_are_ended_and_counted(run_weakly: Run) -> None:
    source = """
    import os, time
    for _ in range(3):
        if not os.fork():
            os.setsid()
            if not os.fork():
                time.sleep(100)
            os._exit(0)
        os.wait()
    """
    assert run_weakly(source).processes_ended == 3


@as_root
def test_a_fork_bomb_is_bounded_and_ended(run_weakly: Run) -> None:
    source = """
    import os
    while True:
        try:
            os.fork()
        except OSError:
            pass
    """
    execution = run_weakly(source, limits=Limits(wall_seconds=1, processes=16))
    assert execution.end is End.WALL_TIME
    assert 1 <= execution.processes_ended <= 16


@as_root
def test_files_and_processes_of_others_are_out_of_reach(run_weakly: Run, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "file").write_text("x")
    source = f"""
    import os, sys
    print(refused(lambda: open(sys.argv[1], "a")), refused(lambda: open("/etc/passwd", "a")))
    print(refused(lambda: os.kill({os.getpid()}, 9)), refused(lambda: open("/proc/{os.getpid()}/environ")))
    """
    assert run_weakly(source, str(tmp_path / "file")).output.split() in (
        ["EACCES", "EACCES", "EPERM", "EACCES"],
        ["ENOENT", "EACCES", "EPERM", "EACCES"],  # a directory above is closed
    )


def test_a_result_that_is_a_link_stays_inside(run_weakly: Run) -> None:
    execution = run_weakly("import os; os.symlink('/etc/passwd', os.environ['RESULT'])")
    assert (execution.result, execution.result_problem.rpartition(": ")[2]) == (None, "a symbolic link")


def test_control_groups_strengthen_it_where_there_are_any(scratch_root: Path) -> None:
    sandbox = ProcessSandbox(scratch_root, strategy=Strategy.PROCESS_GROUP)
    held = sandbox.isolation.enforced
    execution = sandbox.run(Command(argv=("/bin/sh", "-c", "exit 7"), environment={}))
    sandbox.close()
    assert execution.code == 7
    assert ("number of processes (control group)" in held) == ("pids" in sandbox._groups.homes)


@as_root
def test_a_scratch_directory_the_cells_user_cannot_reach_is_an_error_of_ours(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    sandbox = ProcessSandbox(closed, strategy=Strategy.PROCESS_GROUP)
    with pytest.raises(SandboxError, match="may not read"):
        sandbox.run(Command(argv=("/bin/true",), environment={}))
    sandbox.close()
