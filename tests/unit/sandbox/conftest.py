import contextlib
import functools
import os
import shutil
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from plugin_matrix.errors import SandboxError
from plugin_matrix.sandbox import Command, Execution, Limits, Warm
from plugin_matrix.sandbox.control_groups import ControlGroups
from plugin_matrix.sandbox.process import ProcessSandbox, best_strategy
from plugin_matrix.sandbox.strategy import Strategy

USERS = range(58000, 58064)
"""Not the range of real runs, so that one beside the tests cannot be taken for a leftover."""
WARM_PROGRAM = Path(__file__).parents[2] / "warm" / "source.py"
INTERPRETER = (Path(sys.prefix), Path(sys.base_prefix))
QUICK = Limits(wall_seconds=20, memory_bytes=256 * 1024**2, processes=32)

REFUSED = """
def refused(act):
    try:
        return f"allowed: {act()!r}"
    except OSError as error:
        import errno
        return errno.errorcode[error.errno]
"""
"""What every program below can call to say how an attack was turned down."""

Run = Callable[..., Execution]


@pytest.fixture(scope="session")
def scratch_root() -> Iterator[Path]:
    # pytest's own directories are closed to other users, and one strategy needs them open.
    directory = Path(tempfile.mkdtemp(prefix="sandbox tests "))
    directory.chmod(0o755)
    yield directory
    assert list(directory.iterdir()) == []
    shutil.rmtree(directory)


def warm_interpreter(
    needed: tuple[Path, ...] = INTERPRETER, interpreter: str = sys.executable, ahead: str = ""
) -> Warm:
    """Return an interpreter that runs `ahead` before it serves."""
    return Warm(
        python=Path(interpreter),
        program=WARM_PROGRAM,
        read_only=(*needed, WARM_PROGRAM.parent),
        environment=(("LANG", "C.UTF-8"), ("AHEAD", REFUSED + textwrap.dedent(ahead))),
    )


def make_run(sandbox: ProcessSandbox, interpreter: str = sys.executable, *, forked: bool = False) -> Run:
    """Return a function that runs Python source in a cell, executed or a fork of a warm interpreter."""
    needed = INTERPRETER if interpreter == sys.executable else ()
    warm = warm_interpreter(needed, interpreter)

    def run(
        source: str,
        *arguments: str,
        limits: Limits = QUICK,
        read_only: tuple[Path, ...] = (),
        **environment: str,
    ) -> Execution:
        program = REFUSED + textwrap.dedent(source)
        return sandbox.run(
            Command(
                argv=(interpreter, "-c", program, *arguments),
                environment={
                    "HOME": "{scratch}",
                    "RESULT": "{result}",
                    "SCRATCH": "{scratch}",
                    **environment,
                },
                read_only=(*needed, *read_only),
                limits=limits,
                warm=warm if forked else None,
            )
        )

    return run


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of what cells read: tests' own directories are below it."""
    return tmp_path_factory.getbasetemp()


@pytest.fixture(scope="session")
def sandbox(scratch_root: Path, shelf: Path) -> Iterator[ProcessSandbox]:
    strategy = best_strategy(str(scratch_root))
    if strategy is Strategy.PROCESS_GROUP:
        pytest.skip("this machine permits no namespaces")
    made = ProcessSandbox(scratch_root, shelves=[shelf], users=USERS)
    yield made
    made.close()


@pytest.fixture(scope="session", params=["executed", "forked"])
def run(sandbox: ProcessSandbox, request: pytest.FixtureRequest) -> Iterator[Run]:
    """Run as every cell can, and as those that are forks of a warm interpreter: both are locked in alike."""
    yield make_run(sandbox, forked=request.param == "forked")
    assert sandbox.not_warm == ""
    assert (sandbox.forked > 0) is (request.param == "forked")


@pytest.fixture(scope="session")
def weak_sandbox(scratch_root: Path) -> Iterator[ProcessSandbox]:
    """The sandbox of a machine that permits neither namespaces nor control groups."""
    made = ProcessSandbox(scratch_root, users=USERS, strategy=Strategy.PROCESS_GROUP, control_groups=False)
    yield made
    made.close()


@pytest.fixture(scope="session")
def run_weakly(weak_sandbox: ProcessSandbox) -> Run:
    # Without a mount namespace, directories above the interpreter can be closed to the cell's user.
    for interpreter in (sys.executable, "/usr/bin/python3"):
        run = make_run(weak_sandbox, interpreter)
        with contextlib.suppress(SandboxError):
            run("")
            return run
    return pytest.skip("no Python here that every user may run")


@functools.cache
def _control_group_homes() -> tuple[Path, ...]:
    return tuple(ControlGroups.find().homes.values())


def traces(scratch_root: Path) -> dict[str, list[str]]:
    """Return everything a cell of these tests could leave on the machine."""
    # The guardian and the warm interpreter live as long as the sandbox.
    serving = {process.pid for child in psutil.Process().children() for process in _serving(child)}
    processes = [process for process in psutil.process_iter() if _user_of(process) in USERS] + [
        process for process in psutil.Process().children(recursive=True) if process.pid not in serving
    ]
    return {
        "processes": [repr(process) for process in processes],
        "mounts": [line for line in _lines("/proc/self/mountinfo") if scratch_root.name.split()[-1] in line],
        "control groups": [
            str(group)
            for home in _control_group_homes()
            for group in home.glob(f"plugin-matrix-{os.getpid()}-*")
        ],
        "loans": [line for line in _lines("/proc/net/unix") if any(f"/{user}" in line for user in USERS)],
        "cells": [str(cell) for cell in scratch_root.glob("*/cell-*")],
    }


def _serving(child: psutil.Process) -> list[psutil.Process]:
    with contextlib.suppress(psutil.NoSuchProcess):
        if any(word.endswith("interpreter.py") for word in child.cmdline()):
            return [child, *child.children()]
    return []


def _user_of(process: psutil.Process) -> int:
    with contextlib.suppress(psutil.NoSuchProcess):
        return int(process.uids().real)
    return -1


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines()


@pytest.fixture(autouse=True)
def _machine_is_as_before(scratch_root: Path) -> Iterator[None]:
    yield
    left = _left(scratch_root)
    for _ in range(100):
        if not left:
            break
        time.sleep(0.02)  # A warm interpreter reaps what has ended a moment later.
        left = _left(scratch_root)
    assert left == {}


def _left(scratch_root: Path) -> dict[str, list[str]]:
    return {what: left for what, left in traces(scratch_root).items() if left}
