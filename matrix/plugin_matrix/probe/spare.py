"""Clean children that wait to become interpreters that their parent executes.

What is executed imports everything anew. So a process that is going to spawn workers, or to run modules as
programs, forks a child for each before it imports anything, from what was forked from a warm interpreter
itself. When the time comes the child takes over what an executed program would have from its parent, and
starts again.
"""

from __future__ import annotations

import os
import sys
from collections import namedtuple
from contextlib import suppress
from functools import partial
from struct import Struct

from . import processes
from .ending import leave_libraries, run_to_the_end
from .zygote import framed, receive

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, NoReturn

    Status = dict[str, str]

_WORKER = "--multiprocessing-fork"
_SIGNALS = 64
_LIMITS = 16
_STREAMS = 3
_MOST_PASSED = 253
"""Descriptors in one message (`SCM_MAX_FD` of Linux)."""
_DESCRIPTOR = Struct("i")
_CHANGES = 6
"""Arguments after that of the session that say how a process differs; behind them may be how to fork."""

_Waiting = namedtuple("_Waiting", ("process", "socket"))
_Same = namedtuple("_Same", ("owner", "group", "executable", "variables", "sockets"))
_waiting: list[_Waiting] = []
"""Children, and the descriptor of a socket to each."""
_same: _Same | None = None
"""Whose children they are, what each is the same as executing, and the module that makes sockets."""


def wait_beside(warm: Any, numbers: Sequence[int]) -> None:
    """Fork children, in a process that was forked from a `warm` interpreter and has imported nothing.

    `numbers` says how many, then how many of its own each of them has once it has become an interpreter, and
    so on.
    """
    global _same  # noqa: PLW0603 - of this process
    sockets = warm.kept("_socket")
    if sockets is None:
        return
    _waiting.clear()
    for _ in range(numbers[0]):
        mine, theirs = (one.detach() for one in sockets.socketpair(sockets.AF_UNIX, sockets.SOCK_STREAM))
        process = os.fork()
        if not process:
            for descriptor in (mine, *(other.socket for other in _waiting)):
                os.close(descriptor)
            _wait(warm, theirs, numbers[1:])
        os.close(theirs)
        _waiting.append(_Waiting(process, _out_of_the_way(mine, len(_waiting) + 1)))
    _same = _Same(os.getpid(), _group(), warm.executable(), _pythons_variables(os.environ), sockets)
    _ask_before_executing(warm)


def _out_of_the_way(descriptor: int, place: int) -> int:
    """Give a descriptor one of the last numbers: those of others are what they would be without it."""
    last: int = os.sysconf("SC_OPEN_MAX") - place
    os.dup2(descriptor, last, inheritable=False)
    os.close(descriptor)
    return last


def _ask_before_executing(warm: Any) -> None:
    """Let a child be the program that is executed, where that makes no difference."""
    module = warm.kept("_posixsubprocess")
    if module is None:
        return
    executing = module.fork_exec

    def fork_exec(*arguments: Any) -> int:
        try:
            process = _become(arguments)
        except Exception:  # noqa: BLE001 - what is wrong with the arguments, the other one shall say
            process = None
        return executing(*arguments) if process is None else process

    # From 3.11 on `subprocess` has a name of its own for it.
    for owner, name in ((module, "fork_exec"), (warm.kept("subprocess"), "_fork_exec")):
        if hasattr(owner, name):
            setattr(owner, name, fork_exec)


def _become(arguments: Sequence[Any]) -> int | None:
    """Return the process that does what `fork_exec` would do; None where it has to be done.

    The arguments are those of `Modules/_posixsubprocess.c`, of which later Pythons have more at the end.
    """
    command, executables, closes, kept, directory, environment, stdin, _, _, stdout, _, stderr, *others = (
        arguments
    )
    _, own, _, apart, *others = others
    same = _same
    if (
        not _waiting
        or same is None
        or os.getpid() != same.owner
        or _group() != same.group
        or [*map(os.fsdecode, executables)] != [same.executable]
        or not closes
        or directory is not None
        or not all(map(_is_unchanged, (apart, *others[:_CHANGES])))
    ):
        return None
    argv = [os.fsdecode(one) for one in command]
    variables = _variables(environment)
    # By its first word an interpreter finds its own place.
    if argv[0] != same.executable or not _is_program(argv[1:], variables):
        return None
    if _pythons_variables(variables) != same.variables:
        return None
    numbers = {place: place if one == -1 else one for place, one in enumerate((stdin, stdout, stderr))}
    numbers |= {one: one for one in map(int, kept) if one != own}
    there = {here: one for here, one in numbers.items() if here >= _STREAMS or _is_open(one)}
    if len(there) > _MOST_PASSED:
        return None
    message = {"argv": argv[1:], "numbers": list(there), "environment": variables}
    return _asked(_waiting.pop(0), same.sockets, message, list(there.values()))


def _is_unchanged(change: Any) -> bool:
    """Tell whether an argument leaves what a child has of its parent; a user or a mask may well be 0."""
    return change is None or change is False or (type(change) is int and change == -1)


def _group() -> tuple[int, int]:
    return os.getsid(0), os.getpgrp()


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def _is_program(argv: Sequence[str], variables: Mapping[str, str]) -> bool:
    """Tell whether an interpreter with these arguments runs a module, or a text of `multiprocessing`'s."""
    if len(argv) == 2:  # noqa: PLR2004 - option and module
        # Without the option that others are given, only the variable says that no byte code is written.
        return argv[0] == "-m" and bool(variables.get("PYTHONDONTWRITEBYTECODE"))
    return tuple(argv[:2]) == ("-B", "-c") and tuple(argv[3:]) in ((), (_WORKER,))


def _variables(environment: Sequence[bytes] | None) -> dict[str, str]:
    if environment is None:
        return dict(os.environ)
    pairs = (os.fsdecode(one).partition("=") for one in environment)
    return {name: value for name, _, value in pairs}


def _asked(
    waiting: _Waiting, sockets: Any, message: dict[str, Any], descriptors: Sequence[int]
) -> int | None:
    """Ask a child to become the program; returns its process, None where it cannot."""
    passed = b"".join(map(_DESCRIPTOR.pack, descriptors))
    socket = sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM, 0, waiting.socket)
    try:
        rights = [(sockets.SOL_SOCKET, sockets.SCM_RIGHTS, passed)]
        socket.sendmsg([b"D"], rights, sockets.MSG_NOSIGNAL)
        socket.sendall(framed(message), sockets.MSG_NOSIGNAL)
        became = socket.recv(1)
    except OSError:
        became = b""
    socket.close()
    if became:
        return waiting.process  # type: ignore[no-any-return]
    with suppress(ChildProcessError):
        os.waitpid(waiting.process, 0)
    return None


def _pythons_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment variables that change how an interpreter starts."""
    return {name: value for name, value in environment.items() if name.startswith("PYTHON")}


def _wait(warm: Any, descriptor: int, numbers: Sequence[int]) -> NoReturn:
    """Wait to be asked; a parent that ends without is the end."""
    try:
        sockets = warm.kept("_socket")
        socket = sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM, 0, descriptor)
        data, passed, *_ = socket.recvmsg(1, sockets.CMSG_SPACE(_MOST_PASSED * _DESCRIPTOR.size))
        message = receive(descriptor) if data else None
        if message is None:
            os._exit(0)
        if any(numbers) and _WORKER in message["argv"]:
            wait_beside(warm, numbers)
        descriptors = [one for _, _, rights in passed for (one,) in _DESCRIPTOR.iter_unpack(rights)]
        status = _take_over(dict(zip(message["numbers"], descriptors)), socket)
    except processes.leaving:  # A child's own child becomes an interpreter.
        raise
    except BaseException:  # noqa: BLE001 - nothing may climb into the parent's stack
        os._exit(70)
    argv = message["argv"]

    def run() -> None:
        _take_signals(status)
        program = partial(_run_module, argv[1]) if argv[0] == "-m" else partial(_run_text, argv[2])
        run_to_the_end(program, warm)

    seen = argv[:1] if argv[0] == "-m" else ["-c", *argv[3:]]
    leave_libraries(warm)
    warm.start_again(seen, message["environment"], run, command=argv)
    raise AssertionError


def _run_module(name: str) -> None:
    """Do as `python -m` does (`pymain_run_module` in `Modules/main.c`)."""
    sys.path.insert(0, os.getcwd())
    import runpy  # noqa: PLC0415 - as Python does then, and no sooner

    runpy._run_module_as_main(name)  # type: ignore[attr-defined]


def _run_text(text: str) -> None:
    """Do as `python -c` does."""
    sys.path.insert(0, "")
    exec(compile(text, "<string>", "exec"), vars(sys.modules["__main__"]))  # noqa: S102 - see above


def _take_over(descriptors: Mapping[int, int], socket: Any) -> Status:
    """Have what a program that the parent executes has from it; returns the parent's status.

    `descriptors` are those received by the number they are to have.
    """
    import resource  # noqa: PLC0415 - needed here alone

    parent = os.getppid()
    others = sorted(other.socket for other in _waiting)
    answering = socket.detach()
    low = max(answering, _STREAMS, *descriptors, *descriptors.values()) + 1
    aside = dict(zip(descriptors, range(low, low + len(descriptors))))
    for here, there in aside.items():
        os.dup2(descriptors[here], there)
    last = low + len(aside)
    os.dup2(answering, last)
    os.closerange(0, low)
    for here, there in aside.items():
        os.dup2(there, here)
    os.closerange(low, last)
    low = last + 1
    for kept in (*others, resource.getrlimit(resource.RLIMIT_NOFILE)[0]):
        os.closerange(low, kept)
        low = kept + 1
    os.chdir(f"/proc/{parent}/cwd")
    status = _status(parent)
    os.umask(int(status["Umask"], 8))
    os.sched_setaffinity(0, os.sched_getaffinity(parent))
    for limit in range(_LIMITS):
        resource.setrlimit(limit, resource.prlimit(parent, limit))
    os.write(last, b"Y")
    os.close(last)
    return status


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
