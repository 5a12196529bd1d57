"""Each limit, run into on purpose; wherever it matters, while another cell goes on undisturbed."""

import signal
from collections.abc import Callable

import msgspec
import psutil
import pytest

from plugin_matrix.sandbox import End, Execution, Limits
from plugin_matrix.sandbox.process import ProcessSandbox

pytestmark = pytest.mark.sandboxed
Run = Callable[..., Execution]
MEBIBYTE = 1024**2
QUICK = Limits(wall_seconds=20, memory_bytes=256 * MEBIBYTE, processes=32)


def test_a_program_that_hangs_ends_with_its_wall_time(run: Run) -> None:
    limits = msgspec.structs.replace(QUICK, wall_seconds=0.5)
    execution = run("import time; print('before', flush=True); time.sleep(100)", limits=limits)
    assert (execution.end, execution.code, execution.output) == (End.WALL_TIME, signal.SIGKILL, "before\n")
    assert 0.5 <= execution.seconds < 2


def test_what_a_program_wrote_before_its_time_was_up_is_kept(run: Run) -> None:
    limits = msgspec.structs.replace(QUICK, wall_seconds=0.5)
    source = "import os, time; open(os.environ['RESULT'], 'w').write('so far'); time.sleep(100)"
    execution = run(source, limits=limits)
    assert (execution.end, execution.result) == (End.WALL_TIME, b"so far")


def test_ignoring_signals_does_not_help(run: Run) -> None:
    source = """
    import signal, time
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    print("ready", flush=True)
    while True:
        time.sleep(1)
    """
    execution = run(source, limits=msgspec.structs.replace(QUICK, wall_seconds=0.5))
    assert (execution.end, execution.output) == (End.WALL_TIME, "ready\n")
    assert execution.seconds < 2


def test_ten_gigabytes_of_memory_are_not_had(run: Run) -> None:
    before = psutil.virtual_memory().available
    source = """
    chunks = []
    for _ in range(10 * 1024):
        chunks.append(b"x" * 1024 ** 2)
    """
    execution = run(source)
    assert (execution.end, execution.code) == (End.MEMORY, signal.SIGKILL)
    assert execution.peak_memory is not None
    assert 100 * MEBIBYTE < execution.peak_memory < 300 * MEBIBYTE
    assert before - psutil.virtual_memory().available < 1024 * MEBIBYTE


def test_memory_is_counted_over_all_processes(run: Run) -> None:
    source = """
    import os, time
    for _ in range(8):
        if not os.fork():
            held = b"x" * (60 * 1024 ** 2)
            time.sleep(15)
            os._exit(0)
    os.wait()
    """
    assert run(source).end is End.MEMORY


def test_memory_that_is_asked_for_but_not_used_is_no_matter(run: Run) -> None:
    source = """
    import mmap
    held = [mmap.mmap(-1, 1 << 30, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) for _ in range(64)]
    """
    execution = run(source)
    assert (execution.end, execution.code) == (End.EXITED, 0), execution.output


FORK_BOMB = """
import os
while True:
    try:
        os.fork()
    except OSError:
        pass
"""


def test_a_fork_bomb_is_bounded_and_leaves_nothing(run: Run) -> None:
    execution = run(FORK_BOMB, limits=msgspec.structs.replace(QUICK, processes=16, wall_seconds=2))
    assert execution.end in {End.PROCESSES, End.WALL_TIME}
    assert 1 <= execution.processes_ended <= 16


def test_a_fork_bomb_is_recognised_where_a_control_group_counts(sandbox: ProcessSandbox, run: Run) -> None:
    if "number of processes (control group)" not in sandbox.isolation.enforced:
        pytest.skip("no control group counts processes here")
    execution = run(FORK_BOMB, limits=msgspec.structs.replace(QUICK, processes=16))
    assert execution.end is End.PROCESSES
    assert execution.refused_forks >= 16
    assert execution.seconds < 10


def test_a_program_that_meets_the_process_limit_and_copes_runs_to_its_end(
    sandbox: ProcessSandbox, run: Run
) -> None:
    source = """
    import os, threading, time
    started = 0
    stop = threading.Event()
    try:
        for _ in range(100):
            threading.Thread(target=stop.wait).start()
            started += 1
    except RuntimeError as error:
        print(started, error)
    stop.set()
    """
    execution = run(source, limits=msgspec.structs.replace(QUICK, processes=8))
    assert (execution.end, execution.output) == (End.EXITED, "7 can't start new thread\n")
    counted = "number of processes (control group)" in sandbox.isolation.enforced
    assert execution.refused_forks == int(counted)


def test_a_gigabyte_of_output_is_cut_off(run: Run) -> None:
    source = """
    import os
    block = b"y" * 65536
    os.write(1, b"first\\n")
    for _ in range(16 * 1024):
        os.write(2, block)
    """
    execution = run(source, limits=msgspec.structs.replace(QUICK, output_bytes=MEBIBYTE))
    assert execution.end is End.OUTPUT
    assert MEBIBYTE < execution.output_bytes < 100 * MEBIBYTE
    assert execution.output.startswith("first\n")
    assert len(execution.output) < 70_000


def test_output_within_its_limit_does_no_harm_to_the_result(run: Run) -> None:
    source = """
    import os
    print("z" * 200_000)
    open(os.environ["RESULT"], "w").write("x")
    """
    execution = run(source)
    assert (execution.end, execution.output_bytes, execution.result) == (End.EXITED, 200_001, b"x")


@pytest.mark.parametrize(
    ("attack", "said"),
    [
        ("[open('/scratch/huge', 'wb').truncate(1 << 40)]", "EFBIG"),
        ("[file.write(bytes(1 << 20)) for _ in range(64)]", "EFBIG"),
        ("[open(f'/scratch/{n}', 'wb').write(bytes(1 << 20)) for n in range(64)]", "ENOSPC"),
        ("[open(f'/tmp/{n}', 'wb').write(bytes(1 << 20)) for n in range(64)]", "ENOSPC"),
        ("[open(f'/dev/shm/{n}', 'wb').write(bytes(1 << 20)) for n in range(64)]", "ENOSPC"),
        ("[open(f'/scratch/{n}', 'wb').close() for n in range(100_000)]", "ENOSPC"),
        ("[os.mkdir(f'/scratch/{n}') for n in range(100_000)]", "ENOSPC"),
    ],
)
def test_files_and_scratch_are_bounded(run: Run, attack: str, said: str) -> None:
    limits = msgspec.structs.replace(QUICK, file_bytes=8 * MEBIBYTE, scratch_bytes=16 * MEBIBYTE)
    source = f"""
    import os
    file = open("/scratch/one", "wb", buffering=0)
    print(refused(lambda: {attack}))
    """
    execution = run(source, limits=limits)
    assert execution.output.strip() == said


def test_open_files_are_bounded(run: Run) -> None:
    source = "print(refused(lambda: [open('/dev/null') for _ in range(1000)] and None))"
    execution = run(source, limits=msgspec.structs.replace(QUICK, open_files=64))
    assert execution.output.strip() == "EMFILE"


def test_cpu_time_of_one_process_is_bounded(run: Run) -> None:
    execution = run("while True: pass", limits=msgspec.structs.replace(QUICK, cpu_seconds=1))
    assert (execution.end, execution.code) == (End.SIGNALLED, signal.SIGXCPU)
    assert execution.seconds < 8


def test_cpu_time_of_all_processes_together_is_bounded(sandbox: ProcessSandbox, run: Run) -> None:
    if not any(statement.startswith("CPU time of all") for statement in sandbox.isolation.enforced):
        pytest.skip("no control group counts CPU time here")
    source = """
    import os, time
    while True:  # no process uses a second, all together do
        if not os.fork():
            until = time.process_time() + 0.2
            while time.process_time() < until:
                pass
            os._exit(0)
        os.wait()
    """
    execution = run(source, limits=msgspec.structs.replace(QUICK, cpu_seconds=1))
    assert (execution.end, execution.code) == (End.SIGNALLED, signal.SIGXCPU)
    assert execution.seconds < 8


def test_no_core_file_is_written(run: Run) -> None:
    assert run("import resource; print(resource.getrlimit(resource.RLIMIT_CORE))").output == "(0, 0)\n"
