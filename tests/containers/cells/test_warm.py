"""Warm interpreters of containers: how they are locked in, and what happens without them."""

from pathlib import Path

import docker
import pytest

from plugin_matrix.sandbox.container.images import BuiltImage
from plugin_matrix.sandbox.container.limits import NO_USER_NAMESPACES
from plugin_matrix.sandbox.container.sandbox import ContainerSandbox

from .conftest import USERS, answer, containers, runner

SEARCH = """
found = 0
with open("/proc/self/mem", "rb", 0) as memory:
    for line in open("/proc/self/maps"):
        first, last = (int(one, 16) for one in line.split()[0].split("-"))
        if "rw" in line.split()[1]:
            memory.seek(first)
            found += memory.read(last - first).count(b" ".join([b"needle of", b"the first cell"]))
print(found)
"""


@pytest.fixture
def fresh(engine: docker.DockerClient, image: BuiltImage, tmp_path: Path) -> ContainerSandbox:
    """A sandbox that has not been given up on an interpreter yet."""
    return ContainerSandbox(engine, image, tmp_path / "scratch", users=USERS)


def test_what_is_imported_ahead_runs_with_no_right_but_to_become_a_cells_user(box: ContainerSandbox) -> None:
    ahead = """
    import ctypes, os, socket
    libc = ctypes.CDLL(None, use_errno=True)
    def call(*arguments):
        if libc.syscall(*arguments) < 0:
            raise OSError(ctypes.get_errno(), "")
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    held = [int(status[name], 16) for name in ("CapEff", "CapPrm", "CapBnd")]
    said = [
        refused(lambda: socket.create_connection(("1.1.1.1", 80), 1)),
        refused(lambda: open("/usr/new", "x")),
        refused(lambda: open("/run/plugin-matrix/alive", "w")),
        refused(lambda: open("/proc/sys/kernel/core_pattern", "w")),
        refused(lambda: call(165, b"none", b"/tmp", b"tmpfs", 0, None)),
        *([refused(lambda: call(272, 0x10000000))] if {filtered} else []),
        refused(lambda: call(133, b"/tmp/null", 0o20666, 0x103)),
        refused(lambda: open("/etc/shadow")),
    ]
    who = (os.getpid(), os.getuid(), os.getgid(), os.getgroups(), int(status["NoNewPrivs"]))
    """
    # Podman's filter lets namespaces of users through, and its cells say so.
    filtered = NO_USER_NAMESPACES not in box.isolation.missing
    ahead = ahead.replace("{filtered}", str(filtered))
    source = "print((ahead['held'], ahead['said'], ahead['who']))"
    held, said, who = eval(answer(runner(box, forked=True, ahead=ahead)(source)))  # noqa: S307 - a list of ours
    assert box.not_warm == ""
    allowed = 1 << 6 | 1 << 7 | 1 << 8  # SETGID, SETUID, SETPCAP
    assert held == [allowed] * 3
    assert not [one for one in said if one.startswith("allowed")], said
    assert who == (1, 60700, 60700, [], 1)


def test_nothing_of_a_cell_is_in_the_memory_that_the_next_is_forked_from(box: ContainerSandbox) -> None:
    run = runner(box, forked=True)
    answer(run("import os; assert os.environ['NEEDLE']", NEEDLE="needle of the first cell"))
    made = box.containers_made
    assert answer(run(SEARCH)) == "0"
    assert box.containers_made == made


@pytest.mark.parametrize(
    ("ahead", "why"),
    [
        (
            "import threading, time; threading.Thread(target=time.sleep, args=(600,), daemon=True).start()",
            "2 threads",
        ),
        ("import os; os._exit(3)", "ended"),
    ],
    ids=["threads", "ends"],
)
def test_without_an_interpreter_that_can_be_forked_a_cell_is_executed(
    engine: docker.DockerClient, fresh: ContainerSandbox, ahead: str, why: str
) -> None:
    run = runner(fresh, forked=True, ahead=ahead)
    try:
        for _ in range(2):
            assert answer(run("print('ran')")) == "ran"
        assert why in fresh.not_warm
        assert len(containers(engine, fresh)) <= 2  # That of the interpreter is gone.
    finally:
        fresh.close()
