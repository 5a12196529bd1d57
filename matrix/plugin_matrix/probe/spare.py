"""A clean child that waits to become the interpreter that its parent spawns.

A worker that is executed imports everything anew. So a process that is going to spawn one forks it before
it imports anything, from what was forked from a warm interpreter itself. When the time comes the child takes
over what an executed program would have from its parent, and starts again.
"""

from __future__ import annotations

import os
import sys
from collections import namedtuple
from contextlib import contextmanager, suppress

from .zygote import receive, send

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any, Callable, NoReturn

    Status = dict[str, str]

_SPAWNED = ("-B", "-c", "--multiprocessing-fork")
_ACCESS = {0o400: os.O_RDONLY, 0o200: os.O_WRONLY, 0o600: os.O_RDWR}
_SIGNALS = 64
_LIMITS = 16

_Waiting = namedtuple("_Waiting", ("process", "asking", "answered", "executable", "variables"))
_waiting: _Waiting | None = None
"""The child of this process, pipes to ask it and to be answered, and what it is the same as executing."""


def wait_beside(warm: Any) -> None:
    """Fork the child, in a process that was forked from a `warm` interpreter and has imported nothing."""
    global _waiting  # noqa: PLW0603 - there is one, of this process
    asked, asking = os.pipe()
    answered, answering = os.pipe()
    process = os.fork()
    if not process:
        os.close(asking)
        os.close(answered)
        _wait(warm, asked, answering)
    os.close(asked)
    os.close(answering)
    asking, answered = (_out_of_the_way(one, place) for place, one in enumerate((asking, answered), start=1))
    _waiting = _Waiting(process, asking, answered, warm.executable(), _pythons_variables())


def _out_of_the_way(descriptor: int, place: int) -> int:
    """Give a descriptor one of the last numbers: those of others are what they would be without it."""
    last: int = os.sysconf("SC_OPEN_MAX") - place
    os.dup2(descriptor, last, inheritable=False)
    os.close(descriptor)
    return last


@contextmanager
def spawning() -> Iterator[None]:
    """Let the child be the worker that is spawned inside the block, where that makes no difference."""
    if _waiting is None:
        yield
        return
    from multiprocessing import util  # noqa: PLC0415 - whoever spawns has it

    module: Any = util
    executing = module.spawnv_passfds

    def start(path: bytes | str, argv: Sequence[str], descriptors: Sequence[int]) -> int:
        process = _become(os.fsdecode(path), argv, descriptors)
        return executing(path, argv, descriptors) if process is None else process

    module.spawnv_passfds = start
    try:
        yield
    finally:
        module.spawnv_passfds = executing


def _become(path: str, argv: Sequence[str], descriptors: Sequence[int]) -> int | None:
    """Return the process that does what executing `argv` would; None where that has to be executed."""
    global _waiting  # noqa: PLW0603 - as above
    waiting, program = _waiting, argv[3:4]
    if (
        waiting is None
        or path != waiting.executable
        or tuple(argv[1:]) != (*_SPAWNED[:2], *program, *_SPAWNED[2:])
        or waiting.variables != _pythons_variables()
    ):
        return None
    _waiting = None
    try:
        send(
            waiting.asking,
            {
                "program": program[0],
                "descriptors": sorted(map(int, descriptors)),
                "environment": dict(os.environ),
            },
        )
        became = os.read(waiting.answered, 1)
    except OSError:
        became = b""
    for descriptor in (waiting.asking, waiting.answered):
        with suppress(OSError):
            os.close(descriptor)
    if became:
        return waiting.process  # type: ignore[no-any-return]
    with suppress(ChildProcessError):
        os.waitpid(waiting.process, 0)
    return None


def _pythons_variables() -> dict[str, str]:
    """Return the environment variables that change how an interpreter starts."""
    return {name: value for name, value in os.environ.items() if name.startswith("PYTHON")}


def _wait(warm: Any, asked: int, answering: int) -> NoReturn:
    """Wait to be asked; a parent that ends without is the end."""
    try:
        message = receive(asked)
        if message is None:
            os._exit(0)
        run = _take_over(os.getppid(), message, answering)
    except BaseException:  # noqa: BLE001 - nothing may climb into the parent's stack
        os._exit(70)
    command = [*_SPAWNED[:2], message["program"], *_SPAWNED[2:]]
    warm.start_again(["-c", *_SPAWNED[2:]], message["environment"], run, command=command)
    raise AssertionError


def _take_over(parent: int, message: dict[str, Any], answering: int) -> Callable[[], None]:
    """Have what a program that `parent` executes has from it; returns what is to be run then."""
    import resource  # noqa: PLC0415 - needed here alone

    descriptors = message["descriptors"]
    last = max(answering, *descriptors) + 1
    os.dup2(answering, last)
    os.closerange(3, last)
    os.closerange(last + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    for descriptor in (*range(3), *descriptors):
        _take_descriptor(parent, descriptor)
    os.chdir(f"/proc/{parent}/cwd")
    status = _status(parent)
    os.umask(int(status["Umask"], 8))
    for limit in range(_LIMITS):
        resource.setrlimit(limit, resource.prlimit(parent, limit))
    os.write(last, b"Y")
    os.close(last)

    def run() -> None:
        _take_signals(status)
        sys.path.insert(0, "")
        program = compile(message["program"], "<string>", "exec")
        exec(program, vars(sys.modules["__main__"]))  # noqa: S102 - as `python -c` does

    return run


def _take_descriptor(parent: int, descriptor: int) -> None:
    """Have a descriptor that `parent` has, under its number."""
    place = f"/proc/{parent}/fd/{descriptor}"
    with suppress(OSError):
        here = os.fstat(descriptor)
        if os.path.samestat(here, os.stat(place)):
            return
        os.close(descriptor)
    if descriptor < 3 and not os.path.lexists(place):  # noqa: PLR2004 - the standard streams
        return
    opened = os.open(place, _ACCESS[os.lstat(place).st_mode & 0o600])
    os.dup2(opened, descriptor)
    if opened != descriptor:
        os.close(opened)
    os.set_inheritable(descriptor, True)  # noqa: FBT003 - the signature is Python's


def _status(process: int) -> Status:
    with open(f"/proc/{process}/status", encoding="ascii", errors="replace") as file:
        lines = (line.partition(":") for line in file)
        return {name: value.strip() for name, _, value in lines}


def _take_signals(status: Status) -> None:
    """Ignore and block the signals that the parent does: a program that is executed starts so."""
    from _signal import (  # type: ignore[import-not-found] # noqa: PLC0415 - `signal` makes enumerations
        SIG_BLOCK,
        SIG_IGN,
        pthread_sigmask,
        signal,
    )

    ignored, blocked = (
        {number + 1 for number in range(_SIGNALS) if int(status[name], 16) >> number & 1}
        for name in ("SigIgn", "SigBlk")
    )
    for number in ignored:
        with suppress(OSError, ValueError):
            signal(number, SIG_IGN)
    pthread_sigmask(SIG_BLOCK, blocked)
