"""Warm interpreters of the process sandbox: how they are locked in, and what happens without them."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from plugin_matrix.sandbox import Command, Execution, Warm
from plugin_matrix.sandbox.process import ProcessSandbox, best_strategy
from plugin_matrix.sandbox.strategy import Strategy

from .conftest import INTERPRETER, QUICK, USERS, WARM_PROGRAM, warm_interpreter

SEARCH = """
import re
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
def box(scratch_root: Path, shelf: Path) -> Iterator[ProcessSandbox]:
    if best_strategy(str(scratch_root)) is Strategy.PROCESS_GROUP:
        pytest.skip("this machine permits no namespaces")
    made = ProcessSandbox(scratch_root, shelves=[shelf], users=USERS)
    yield made
    made.close()


def run(box: ProcessSandbox, source: str, warm: Warm, **environment: str) -> Execution:
    return box.run(
        Command(
            argv=(os.fspath(warm.python), "-c", source),
            environment={"HOME": "{scratch}", "LANG": "C.UTF-8", **environment},
            read_only=(*INTERPRETER, WARM_PROGRAM.parent),
            limits=QUICK,
            warm=warm,
        )
    )


def interpreters() -> list[psutil.Process]:
    """Return the guardians of this process's interpreters."""
    return [
        child
        for child in psutil.Process().children()
        if any(word.endswith("interpreter.py") for word in child.cmdline())
    ]


def test_what_is_imported_ahead_runs_locked_in(box: ProcessSandbox, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (tmp_path / "secret").chmod(0o600)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        ahead = f"""
        import ctypes, os, socket
        libc = ctypes.CDLL(None, use_errno=True)
        def call(*arguments):
            if libc.syscall(*arguments) < 0:
                raise OSError(ctypes.get_errno(), "")
        said = [
            refused(lambda: socket.create_connection(("127.0.0.1", {port}), 1)),
            refused(lambda: os.kill({os.getpid()}, 0)),
            refused(lambda: open("/etc/shadow")),
            refused(lambda: open({str(Path.home() / ".profile")!r})),
            refused(lambda: open("/usr/new", "x")),
            refused(lambda: open("/new", "x")),
            refused(lambda: open("/proc/sys/kernel/core_pattern", "w")),
            refused(lambda: call(165, b"/dev/sda", b"/home", b"ext4", 0, None)),
            refused(lambda: call(165, None, b"/usr", None, 0x1020, None)),
            refused(lambda: call(166, b"/usr", 0)),
            refused(lambda: call(133, b"/scratch/null", 0o20666, 0x103)),
            refused(lambda: call(169, 0, 0, 0, 0)),
        ]
        who = (os.getpid(), len([p for p in os.listdir("/proc") if p.isdigit()]))
        """
        warm = warm_interpreter(ahead=ahead)
        execution = run(box, "print([*map(str, ahead['said'])], ahead['who'])", warm)
    assert box.forked == 1, box.not_warm
    said, who = eval(f"({execution.output.strip().replace('] (', '], (')})")  # noqa: S307 - a list of ours
    assert not [one for one in said if one.startswith("allowed")], said
    assert who == (1, 1)


def test_an_interpreter_is_nobody_on_the_machine(box: ProcessSandbox) -> None:
    before = interpreters()
    run(box, "", warm_interpreter())
    (guardian,) = (one for one in interpreters() if one not in before)
    (interpreter,) = guardian.children()
    if box.strategy is Strategy.NAMESPACES:
        assert set(interpreter.uids()) == {60700}
    status = Path(f"/proc/{interpreter.pid}/status").read_text()
    assert "NoNewPrivs:\t1" in status
    assert (
        os.readlink(f"/proc/{interpreter.pid}/ns/user") != os.readlink("/proc/self/ns/user")  # noqa: PTH115
    )


def test_nothing_of_a_cell_is_in_the_memory_that_the_next_is_forked_from(box: ProcessSandbox) -> None:
    warm = warm_interpreter()
    first = run(box, "import os; assert os.environ['NEEDLE']", warm, NEEDLE="needle of the first cell")
    assert first.code == 0, first.output
    second = run(box, SEARCH, warm)
    assert second.output.strip() == "0"
    assert box.forked == 2


@pytest.mark.parametrize(
    ("ahead", "why"),
    [
        (
            "import threading, time; threading.Thread(target=time.sleep, args=(600,), daemon=True).start()",
            "2 threads",
        ),
        ("import os; os._exit(3)", "ended while it imported"),
        ("raise ImportError('no such thing')", "no such thing"),
    ],
    ids=["threads", "ends", "raises"],
)
def test_without_an_interpreter_that_can_be_forked_a_command_is_executed(
    box: ProcessSandbox, ahead: str, why: str
) -> None:
    warm = warm_interpreter(ahead=ahead)
    for _ in range(2):
        assert run(box, "print('ran')", warm).output == "ran\n"
    assert box.forked == 0
    assert why in box.not_warm


def test_a_command_is_executed_when_the_interpreter_was_killed(box: ProcessSandbox) -> None:
    warm, before = warm_interpreter(), interpreters()
    run(box, "", warm)
    (guardian,) = (one for one in interpreters() if one not in before)
    for interpreter in guardian.children():
        interpreter.kill()
        interpreter.wait(10)
    assert run(box, "print('ran')", warm).output == "ran\n"
    assert box.forked == 1


def test_what_an_interpreter_cannot_show_a_cell_is_executed(box: ProcessSandbox, scratch_root: Path) -> None:
    elsewhere = scratch_root.parent / f"{scratch_root.name} elsewhere"
    elsewhere.mkdir(mode=0o755)
    (elsewhere / "file").write_text("read")
    warm = warm_interpreter()
    try:
        execution = box.run(
            Command(
                argv=(os.fspath(warm.python), "-c", f"print(open({str(elsewhere / 'file')!r}).read())"),
                environment={},
                read_only=(*INTERPRETER, elsewhere),
                limits=QUICK,
                warm=warm,
            )
        )
    finally:
        (elsewhere / "file").unlink()
        elsewhere.rmdir()
    assert execution.output == "read\n"
    assert box.forked == 0
