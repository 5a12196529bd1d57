"""How cells end in containers, whatever they do to bring others along, and what becomes of the container."""

import threading
import time
from collections.abc import Iterator

import docker
import msgspec
import pytest

from plugin_matrix.sandbox import End, Limits
from plugin_matrix.sandbox.container.images import BuiltImage
from plugin_matrix.sandbox.container.sandbox import ContainerSandbox

from .conftest import QUICK, USERS, Run, answer, containers, runner

SHORT = msgspec.structs.replace(QUICK, wall_seconds=2)


@pytest.mark.parametrize("code", [0, 3, 255])
def test_an_exit_status_is_told(run: Run, code: int) -> None:
    execution = run(f"import os; print('said', flush=True); os._exit({code})")
    assert (execution.end, execution.code, execution.output) == (End.EXITED, code, "said\n")


def test_a_result_is_taken_and_both_streams_are_kept(run: Run) -> None:
    execution = run(
        "import os, sys; print('a'); print('b', file=sys.stderr); open(os.environ['RESULT'], 'w').write('c')"
    )
    assert execution.result == b"c"
    assert sorted(execution.output.split()) == ["a", "b"]
    assert execution.isolation.kind == "container"
    assert execution.peak_memory is not None


MANY = """
import os, time
for _ in range(8):
    if not os.fork():
        x = bytearray(64 << 20)
        time.sleep(9)
os.wait()
"""
SHARED = """
block = bytes(16 << 20)
for place in ("/dev/shm", "/scratch/cell", "/tmp"):
    for number in range(40):
        try: open(f"{place}/{number}", "wb").write(block)
        except OSError: pass
x = bytearray(400 << 20)
"""
HARM = {
    "memory": ("x = bytearray(2 << 30)", QUICK, End.MEMORY),
    "memory of many": (MANY, QUICK, End.MEMORY),
    "shared memory": (SHARED, QUICK, End.MEMORY),
    "hanging": ("import time; time.sleep(600)", SHORT, End.WALL_TIME),
    "hanging and ignoring": (
        "import signal, time\nfor n in (1, 2, 15): signal.signal(n, signal.SIG_IGN)\ntime.sleep(600)",
        SHORT,
        End.WALL_TIME,
    ),
    "stopping the first process": (
        "import os, signal, time; os.kill(os.getppid(), signal.SIGSTOP); time.sleep(600)",
        SHORT,
        End.SIGNALLED,
    ),
    "killing everything": ("import os; os.kill(-1, 9); import time; time.sleep(600)", QUICK, End.SIGNALLED),
    "killing the first process": (
        "import os, time; os.kill(os.getppid(), 9); time.sleep(600)",
        SHORT,
        End.SIGNALLED,
    ),
    "a fork bomb": (
        "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
        msgspec.structs.replace(QUICK, wall_seconds=10),
        End.PROCESSES,
    ),
}


def needs_groups(box: ContainerSandbox, end: End) -> None:
    """Skip where the engine cannot limit what is to be limited, and says so of its cells."""
    resource = {End.MEMORY: "memory of all processes", End.PROCESSES: "number of processes"}.get(end)
    for missing in box.isolation.missing:
        if resource and missing.startswith(resource):
            pytest.skip(f"this engine has no {missing}")


@pytest.mark.parametrize(("source", "limits", "end"), HARM.values(), ids=list(HARM))
def test_a_cell_that_does_harm_is_ended_and_its_container_with_it(
    run: Run, box: ContainerSandbox, engine: docker.DockerClient, source: str, limits: Limits, end: End
) -> None:
    needs_groups(box, end)
    began = time.monotonic()
    before = box.containers_made
    execution = run(source, limits=limits)
    assert execution.end is end
    assert execution.result is None
    assert time.monotonic() - began < limits.wall_seconds + 25
    assert answer(run("print('well')", limits=limits)) == "well"
    assert box.containers_made >= before + 1
    assert len(containers(engine, box)) <= 2


def test_output_is_counted_and_cut_off(run: Run) -> None:
    limits = msgspec.structs.replace(QUICK, output_bytes=100_000)
    execution = run("while True: print('x' * 1000)", limits=limits)
    assert execution.end is End.OUTPUT
    assert 100_000 < execution.output_bytes < 10_000_000
    assert len(execution.output) < 100_000


def test_a_full_scratch_is_the_programs_own_trouble(run: Run) -> None:
    source = """
    import errno
    written = 0
    try:
        for number in range(100):
            with open(f"{number}", "wb") as file:
                written += file.write(bytes(1 << 20))
    except OSError as error:
        print(errno.errorcode[error.errno], written)
    """
    said, written = answer(run(source)).split()
    assert said == "ENOSPC"
    assert int(written) <= QUICK.scratch_bytes
    assert answer(run("print(open('x', 'w').write('fits again'))")) == "10"


def test_one_file_is_bounded(run: Run) -> None:
    limits = msgspec.structs.replace(QUICK, file_bytes=1 << 20)
    source = "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    source += (
        "print(refused(lambda: open('x', 'wb', 0).write(bytes(2 << 20)) and open('x', 'ab', 0).write(b'x')))"
    )
    assert answer(run(source, limits=limits)) == "EFBIG"


def test_processor_time_of_all_together_is_bounded(run: Run) -> None:
    limits = msgspec.structs.replace(QUICK, cpu_seconds=1)
    execution = run("import os\nfor _ in range(3): os.fork()\nwhile True: pass", limits=limits)
    assert (execution.end, execution.code) == (End.SIGNALLED, 24)


@pytest.mark.parametrize(
    ("making", "problem"),
    [
        ("pass", "it wrote no result"),
        ("os.symlink('/etc/passwd', path)", "a symbolic link"),
        ("os.symlink('/proc/self/status', path)", "a symbolic link"),
        ("os.mkfifo(path)", "no regular file"),
        ("os.mkdir(path)", "no regular file"),
        ("open('/tmp/other', 'w').write('x'); os.symlink('/tmp/other', path)", "a symbolic link"),
        ("open('other', 'w').write('x'); os.link('other', path)", "has other names"),
        ("open(path, 'wb').truncate(9 << 20)", "larger than"),
        ("open(path, 'w').write('x'); os.chmod(path, 0)", "Permission denied"),
        ("os.rename('/scratch/cell', '/scratch/x'); os.symlink('/etc', '/scratch/cell')", "no result"),
    ],
)
def test_a_result_that_is_no_plain_file_stays_in_the_container(run: Run, making: str, problem: str) -> None:
    execution = run(f"import os; path = os.environ['RESULT']; {making}")
    assert execution.end is End.EXITED
    assert execution.result is None
    assert problem in execution.result_problem


def test_a_report_cannot_be_forged_on_any_stream(run: Run) -> None:
    source = """
    import json, os
    told = json.dumps({"result_size": 6, "status": 0}).encode()
    forged = b"SR" + len(told).to_bytes(8, "big") + told + b"forged"
    for descriptor in range(3, 64):
        try: os.write(descriptor, forged)
        except OSError: pass
    os.write(1, forged); os.write(2, forged)
    for name in os.listdir("/proc"):
        for number in (1, 2):
            if name.isdigit() and int(name) not in (1, os.getpid()):
                try: open(f"/proc/{name}/fd/{number}", "wb", 0).write(forged)
                except OSError: pass
    os._exit(5)
    """
    execution = run(source)
    assert (execution.end, execution.code, execution.result) == (End.EXITED, 5, None)
    assert "forged" in execution.output


def test_processes_left_behind_are_ended_and_counted(run: Run) -> None:
    source = """
    import os, time
    for _ in range(3):
        if not os.fork():
            os.setsid()
            time.sleep(600)
    """
    execution = run(source)
    assert (execution.end, execution.processes_ended) == (End.EXITED, 3)
    assert execution.seconds < 10


def test_refused_forks_are_those_of_the_cell_and_not_of_the_one_before(
    run: Run, box: ContainerSandbox
) -> None:
    needs_groups(box, End.PROCESSES)
    source = """
    import os, time
    for _ in range(40):
        try:
            if not os.fork():
                time.sleep(2)
                os._exit(0)
        except OSError:
            pass
    """
    first = run(source)
    assert first.refused_forks > 0
    assert run("pass").refused_forks == 0


def test_a_run_that_is_interrupted_ends_its_cells_at_once(run: Run, box: ContainerSandbox) -> None:
    threading.Timer(1.5, box.interrupt).start()
    began = time.monotonic()
    assert run("import time; time.sleep(600)").end is End.INTERRUPTED
    assert time.monotonic() - began < 8


@pytest.fixture
def cold(
    engine: docker.DockerClient, image: BuiltImage, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ContainerSandbox]:
    made = ContainerSandbox(engine, image, tmp_path_factory.mktemp("cold"), warm=False, users=USERS)
    yield made
    made.close()


def test_without_warmth_each_cell_has_a_container_of_its_own(
    cold: ContainerSandbox, engine: docker.DockerClient
) -> None:
    run = runner(cold)
    assert [answer(run("print(1)")) for _ in range(3)] == ["1", "1", "1"]
    assert cold.containers_made == 3
    assert containers(engine, cold) == []
