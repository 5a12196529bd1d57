"""A cell tries to leave something for the next one in the same warm container."""
# ruff: noqa: S108 - places in a container

from pathlib import Path

import pytest

from plugin_matrix.sandbox import End
from plugin_matrix.sandbox.container.sandbox import ContainerSandbox

from .conftest import WARM_PROGRAM, Run, answer

SYSTEM = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def daemon(act):
    if not os.fork():
        os.setsid()
        if not os.fork():
            act()
            os._exit(0)
        os._exit(0)
    os.wait()
"""
LOOK = """
import os, sys
processes = [name for name in os.listdir("/proc") if name.isdigit()]
foreign = [p for p in processes if int(p) not in (1, os.getpid(), os.getppid())]
places = ("/scratch", "/scratch/cell", "/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue")
found = {place: sorted(set(os.listdir(place)) - {*sys.argv[1:]}) for place in places if os.path.isdir(place)}
tables = [len(open(f"/proc/sysvipc/{kind}").readlines()) - 1 for kind in ("msg", "sem", "shm")]
sockets = [line.split()[-1] for line in open("/proc/net/unix") if "@" in line]
listening = len(open("/proc/net/tcp").readlines()) - 1
print((foreign, found, tables, sockets, listening, sorted({*os.environ} - {'LC_CTYPE'}), os.getcwd()))
"""
CLEAN = str(
    (
        [],
        {
            "/scratch": ["cell"],
            "/scratch/cell": ["home", "tmp"],
            "/tmp": [],
            "/var/tmp": [],
            "/dev/shm": [],
            "/dev/mqueue": [],
        },
        [0, 0, 0],
        [],
        0,
        ["HOME", "RESULT", "SCRATCH"],
        "/scratch/cell",
    )
)
LEAKS = {
    "files": "for place in ('/scratch', '/tmp', '/var/tmp', '/dev/shm', '.'): open(place + '/leak', 'x')",
    "closed directories": "os.makedirs('/tmp/a/b/c'); os.chmod('/tmp/a/b', 0); os.chmod('/tmp/a', 0)",
    "odd names": "open('/tmp/\\n \\u202e', 'x'); open(b'/tmp/\\xff', 'x'); os.symlink('/etc', '/tmp/link')",
    "pipes and sockets": "os.mkfifo('/tmp/pipe'); import socket; socket.socket(1).bind('/tmp/socket')",
    "the scratch itself": "os.rename('/scratch/cell', '/scratch/other'); os.symlink('/etc', '/scratch/cell')",
    "a daemon": "import time; daemon(lambda: time.sleep(600))",
    "a daemon that ignores signals": """
import signal, time
def stay():
    for number in range(1, 64):
        try: signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError): pass
    time.sleep(600)
daemon(stay)""",
    "a daemon that forks on": """
import time
def on():
    for _ in range(10000):
        if os.fork(): os._exit(0)
daemon(on)""",
    "a listening daemon": """
import socket, time
def listen():
    a = socket.socket(socket.AF_UNIX); a.bind('\\0leak'); a.listen()
    b = socket.create_server(('127.0.0.1', 4711)); time.sleep(600)
daemon(listen); time.sleep(0.3)""",
    "System V shared memory": "assert libc.shmget(4711, 4096, 0o1666) >= 0",
    "System V semaphores": "assert libc.semget(4711, 1, 0o1666) >= 0",
    "System V messages": "assert libc.msgget(4711, 0o1666) >= 0",
    "a POSIX message queue": "assert ctypes.CDLL('librt.so.1').mq_open(b'/leak', 0o102, 0o666, None) >= 0",
    "POSIX shared memory": """
from multiprocessing import shared_memory, resource_tracker
resource_tracker.register = lambda *_: None
made = shared_memory.SharedMemory('leak', create=True, size=4096)
made.buf[0] = 1
made.close()""",
    "the environment": "os.environ['LEAK'] = '1'; os.putenv('LD_PRELOAD', '/tmp/x.so')",
    "many small files": "[open(f'/tmp/{n}', 'x').close() for n in range(1500)]",
}


def tops(shelf: Path) -> list[str]:
    """Return the entries of /tmp that are the machine's: below them lies what is mounted."""
    mounted = (shelf, WARM_PROGRAM)
    return [place.relative_to("/tmp").parts[0] for place in mounted if place.is_relative_to("/tmp")]


@pytest.mark.parametrize("leak", LEAKS.values(), ids=list(LEAKS))
def test_nothing_of_a_cell_is_found_by_the_next_in_the_same_container(
    run: Run, box: ContainerSandbox, shelf: Path, leak: str
) -> None:
    assert run("").end is End.EXITED
    made = box.containers_made
    answer(run(SYSTEM + leak))
    assert answer(run(LOOK, *tops(shelf))) == CLEAN
    assert box.containers_made == made  # it is the same container, and no fresh one


def test_each_cell_of_a_container_has_a_user_of_its_own(run: Run, box: ContainerSandbox) -> None:
    run("")
    made = box.containers_made
    users = [answer(run("import os; print(os.getuid(), os.getgid(), os.getgroups())")) for _ in range(4)]
    assert len(set(users)) == 4
    assert box.containers_made == made


def test_a_container_that_cannot_be_cleaned_is_thrown_away(
    run: Run, box: ContainerSandbox, shelf: Path
) -> None:
    run("")
    made = box.containers_made
    deep = """
import os
os.chdir("/tmp")
for _ in range(1500):
    os.mkdir("d")
    os.chdir("d")
"""
    answer(run(deep))
    assert answer(run(LOOK, *tops(shelf))) == CLEAN
    assert box.containers_made == made + 1


def test_keyrings_are_out_of_reach(run: Run) -> None:
    source = "import ctypes; print(ctypes.CDLL(None).syscall(248, b'user', b'leak', b'x', 1, -4))"
    assert answer(run(source)) == "-1"
