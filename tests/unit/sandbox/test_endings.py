"""How programs end, and that nothing of them stays."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from plugin_matrix.errors import SandboxError
from plugin_matrix.sandbox import Command, End, Execution, Limits
from plugin_matrix.sandbox.process import ProcessSandbox

from .conftest import INTERPRETER, WARM_PROGRAM

pytestmark = pytest.mark.sandboxed
Run = Callable[..., Execution]


@pytest.mark.parametrize(
    ("source", "end", "code"),
    [
        ("", End.EXITED, 0),
        ("import sys; sys.exit(3)", End.EXITED, 3),
        ("import os; os._exit(4)", End.EXITED, 4),
        ("raise SystemExit('x')", End.EXITED, 1),
        ("import ctypes; ctypes.string_at(0)", End.SIGNALLED, signal.SIGSEGV),
        ("import os; os.abort()", End.SIGNALLED, signal.SIGABRT),
        ("import os; os.kill(os.getpid(), 9)", End.SIGNALLED, signal.SIGKILL),
        ("import os; os.kill(os.getpid(), 15)", End.SIGNALLED, signal.SIGTERM),
        ("import os; os.kill(0, 15)", End.SIGNALLED, signal.SIGTERM),
        ("import os; os._exit(139)", End.EXITED, 139),
        ("import os; os.closerange(0, 1000); os._exit(5)", End.EXITED, 5),
    ],
)
def test_the_end_says_how_the_program_ended(run: Run, source: str, end: End, code: int) -> None:
    execution = run(source)
    assert (execution.end, execution.code) == (end, code)
    assert execution.processes_ended == 0


def test_a_program_starts_with_the_signal_dispositions_of_a_fresh_process(sandbox: ProcessSandbox) -> None:
    ignored = (signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM)
    before = [signal.signal(number, signal.SIG_IGN) for number in ignored]
    command = Command(argv=("/bin/grep", "-E", "Sig(Ign|Blk)", "/proc/self/status"), environment={})
    try:
        _, blocked, _, unheard = sandbox.run(command).output.split()
    finally:
        for number, handler in zip(ignored, before, strict=True):
            signal.signal(number, handler)
    # Signals 32 and 33 are glibc's own: it may leave them ignored in what it spawns; nobody can change it.
    assert (int(blocked, 16), int(unheard, 16) & ~(0b11 << 31)) == (0, 0)


def test_a_daemonised_grandchild_is_ended_and_counted(run: Run) -> None:
    source = """
    import os, time
    if not os.fork():
        os.setsid()
        if not os.fork():
            os.closerange(0, 1000)
            time.sleep(100)
        os._exit(0)
    os.wait()
    time.sleep(0.1)
    """
    execution = run(source)
    assert (execution.end, execution.code, execution.processes_ended) == (End.EXITED, 0, 1)


def test_a_child_that_holds_the_output_open_does_not_delay_the_end(run: Run) -> None:
    execution = run("import os, time; os.fork() or time.sleep(100)")
    assert (execution.end, execution.processes_ended) == (End.EXITED, 1)
    assert execution.seconds < 2


def test_children_stopped_or_traced_are_ended_too(run: Run) -> None:
    source = """
    import ctypes, os, signal, time
    stopped = os.fork()
    if not stopped:
        time.sleep(100)
    os.kill(stopped, signal.SIGSTOP)
    traced = os.fork()
    if not traced:
        ctypes.CDLL(None).ptrace(0, 0, 0, 0)
        os.kill(os.getpid(), signal.SIGSTOP)
        time.sleep(100)
    os.waitpid(traced, os.WUNTRACED)
    """
    execution = run(source)
    assert (execution.end, execution.processes_ended) == (End.EXITED, 2)


def test_orphans_that_end_do_not_count_against_the_process_limit(run: Run) -> None:
    source = """
    import os, time
    for _ in range(50):
        if not os.fork():
            os.fork()
            os._exit(0)
        os.wait()
        while sum(name.isdigit() for name in os.listdir("/proc")) > 2:  # zombies are listed
            time.sleep(0.001)
    """
    execution = run(source, limits=Limits(wall_seconds=20, processes=8))
    assert (execution.end, execution.code, execution.refused_forks) == (End.EXITED, 0, 0), execution.output


def test_another_thread_can_interrupt_all_cells(sandbox: ProcessSandbox, run: Run) -> None:
    executions: list[Execution] = []
    source = "import os, time; os.fork(); print('on', flush=True); time.sleep(100)"
    threads = [threading.Thread(target=lambda: executions.append(run(source))) for _ in range(2)]
    for thread in threads:
        thread.start()
    time.sleep(0.7)
    sandbox.interrupt()
    for thread in threads:
        thread.join(5)
    assert [(execution.end, execution.output) for execution in executions] == [
        (End.INTERRUPTED, "on\non\n")
    ] * 2
    assert run("").end is End.EXITED


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # psutil, struck while it reads
def test_many_cells_from_many_threads_all_come_back_and_leave_no_descriptor_open(run: Run) -> None:
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - the directory handle must not count twice
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda code: run(f"import os; os._exit({code})").code, range(40)))
    assert codes == list(range(40))
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208 - as above


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # psutil, struck while it reads
def test_a_keyboard_interrupt_in_the_running_thread_ends_the_cell(run: Run) -> None:
    def strike() -> None:
        time.sleep(0.5)
        signal.pthread_kill(main, signal.SIGINT)

    main = threading.get_ident()
    # Ignored where the tests run in a shell's background.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=strike).start()
    with pytest.raises(KeyboardInterrupt):
        run("import os, time; os.fork(); time.sleep(100)")
    signal.signal(signal.SIGINT, before)
    # The fixture beside every test finds no process.


@pytest.mark.parametrize("forked", [False, True], ids=["executed", "forked"])
def test_a_killed_harness_takes_its_cell_with_it_and_the_next_one_clears_up(
    scratch_root: Path, *, forked: bool
) -> None:
    users = range(58040, 58048)
    root = scratch_root / "of a killed harness"
    seconds = [1000 + 3 * os.getpid() + number for number in range(3)]
    harness = textwrap.dedent(f"""
        from pathlib import Path
        from plugin_matrix.sandbox import Command, Warm
        from plugin_matrix.sandbox.process import ProcessSandbox
        bomb = "(setsid sleep {seconds[0]} &) ; sleep {seconds[1]} & sleep {seconds[2]}"
        needed = {tuple(map(str, INTERPRETER))!r}
        read_only = tuple(map(Path, needed))
        warm = Warm(
            python=Path({sys.executable!r}),
            program=Path({str(WARM_PROGRAM)!r}),
            read_only=(*read_only, Path({str(WARM_PROGRAM.parent)!r})),
        )
        source = "import subprocess, sys; subprocess.run(['/bin/sh', '-c', sys.argv[1]])"
        command = Command(
            argv=({sys.executable!r}, "-c", source, bomb),
            environment={{"PATH": "/usr/bin:/bin"}},
            read_only=read_only,
            warm=warm if {forked} else None,
        )
        ProcessSandbox(Path({str(root)!r}), users=range({users.start}, {users.stop})).run(command)
    """)
    process = subprocess.Popen([sys.executable, "-c", harness])

    def sleepers() -> list[psutil.Process]:
        return [
            one
            for one in psutil.process_iter(["cmdline"])
            if one.info["cmdline"] in [["sleep", str(number)] for number in seconds]
        ]

    _until(lambda: len(sleepers()) == 3)
    tree = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    _until(lambda: not sleepers())
    _until(lambda: not any(one.is_running() for one in tree))
    _until(lambda: not list(Path("/sys/fs/cgroup").rglob(f"plugin-matrix-{process.pid}-*")))

    leftover = next(root.iterdir())
    ProcessSandbox(root, users=users).close()
    assert not leftover.exists()
    root.rmdir()


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (("/usr/bin/there-is-no-such-program",), "No such file"),
        (("/etc/passwd",), "Permission denied"),
    ],
)
def test_a_program_that_cannot_be_started_is_an_error_of_ours(
    sandbox: ProcessSandbox, argv: tuple[str, ...], message: str
) -> None:
    with pytest.raises(SandboxError, match=message):
        sandbox.run(Command(argv=argv, environment={}))


def test_a_named_directory_that_is_missing_is_named_in_the_error(
    sandbox: ProcessSandbox, tmp_path: Path
) -> None:
    with pytest.raises(SandboxError, match="gone"):
        sandbox.run(Command(argv=("/bin/true",), environment={}, read_only=(tmp_path / "gone",)))


@pytest.mark.skipif(os.geteuid() != 0, reason="its own user may read it")
def test_a_named_directory_that_its_user_may_not_read_is_named_in_the_error(
    sandbox: ProcessSandbox, tmp_path: Path
) -> None:
    (tmp_path / "closed").mkdir(mode=0o700)
    with pytest.raises(SandboxError, match=r"may not read .*closed"):
        sandbox.run(Command(argv=("/bin/true",), environment={}, read_only=(tmp_path / "closed",)))
