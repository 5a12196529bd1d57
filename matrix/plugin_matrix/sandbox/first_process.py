"""First process of a cell: locks the cell's program in, ends whatever it leaves behind, hands its result out.

Run as a program of its own by `plugin_matrix.sandbox.process`, where namespaces are permitted as the cell's
process 1, in every case with more rights than the cell's program. It needs nothing but the standard library
and imports little of it, because every cell pays for its start. Arguments: three file descriptors,

- the request: a marshalled `Request`;
- control: held open by the harness; a byte, or the end of the harness, ends the cell;
- status: the byte `S` once the program runs, then a marshalled `Report`.
"""

from __future__ import annotations

import _signal as signal  # type: ignore[import-not-found]  # `signal` would make enumerations of it: four milliseconds
import errno
import marshal
import os
import resource
import select
import stat
import sys
import time
from functools import partial

TYPE_CHECKING = False  # what `typing` has by that name costs nine milliseconds
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    Program = Callable[[list[str]], int]

    from plugin_matrix.sandbox.exchange import Report, Request

STARTED = b"S"
_CHUNK = 1 << 20
_MOST_DESCRIPTORS = 256
_ROUNDS = 200
"""How often a cell without process namespace is swept before what is left counts as escaped."""


_SET_INTERFACE_FLAGS = 0x8914
_LOOPBACK_UP = b"lo".ljust(16, b"\0") + b"\x01\0".ljust(24, b"\0")
"""A `struct ifreq`: the name, and IFF_UP."""


class Instead(BaseException):
    """Leaves everything that a forked process was doing; the warm interpreter puts its own class here."""

    def __init__(self, action: Callable[[], NoReturn]) -> None:
        super().__init__()
        self.action = action


class SetupError(Exception):
    """The cell could not be made."""


def main() -> None:
    """Run one cell in a program of its own."""
    request, control, status = (int(argument) for argument in sys.argv[1:4])
    run_cell(request, control, status)


def run_cell(
    request_fd: int,
    control: int,
    status: int,
    *,
    root: str | None = None,
    groups: list[int] | None = None,
    mount: Callable[[bytes], None] | None = None,
    program: Program | None = None,
) -> NoReturn:
    """Run one cell and end this process.

    In a fork of a warm interpreter (`forked_process.py`), `root` is where it sees the program's root
    directory, `groups` are the open control groups, `mount` mounts a table, and `program` is called.
    """
    for descriptor in (request_fd, control, status):
        os.set_inheritable(descriptor, False)  # noqa: FBT003 - the signature is Python's
    with os.fdopen(request_fd, "rb") as stream:
        request: Request = marshal.load(stream)  # noqa: S302 - written by the harness, our parent
    request["root"] = request["root"] if root is None else root
    report: Report = {
        "trouble": "",
        "disk_full": False,
        "status": 0,
        "on_request": False,
        "survivors": 0,
        "peak_kilobytes": 0,
        "scratch_full": False,
        "result": None,
        "problem": "",
    }
    try:
        _prepare(request, mount)
        awake = _watch_children()
        process = _start(request, groups, program)
        os.write(status, STARTED)
        report["on_request"], report["status"] = _wait(process, control, awake)
        report["survivors"] = _end_everything(request)
        if groups is None and report["on_request"] and not os.read(control, 1):
            _remove_groups(request)
        report["peak_kilobytes"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        report["scratch_full"] = not os.statvfs(request["root"] + request["scratch"]).f_bavail
        report["result"], report["problem"] = _result(
            request["root"] + request["result"], request["result_bytes"]
        )
    except (OSError, SetupError) as error:
        report["trouble"] = str(error)
        report["disk_full"] = isinstance(error, OSError) and error.errno == errno.ENOSPC
    rest = memoryview(marshal.dumps(dict(report)))
    while rest:
        rest = rest[os.write(status, rest[:_CHUNK]) :]
    os._exit(0)  # Nothing is open that needs an orderly end, which would take a millisecond.


def _prepare(request: Request, mount: Callable[[bytes], None] | None) -> None:
    os.umask(0o022)
    if mount is not None:
        mount(request["mounts"])
    elif request["mounts"]:
        _mount(request["mount"], request["mounts"])
    scratch = request["root"] + request["scratch"]
    owner = request["user"]
    os.chown(scratch, owner, owner)
    for name in request["directories"]:
        os.makedirs(f"{scratch}/{name}", 0o700, exist_ok=True)  # noqa: PTH103 - pathlib costs a millisecond
        os.chown(f"{scratch}/{name}", owner, owner)
    for name, content in request["files"].items():
        descriptor = os.open(f"{scratch}/{name}", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            os.fchown(descriptor, owner, owner)
    if request["own_processes"]:
        _raise_loopback()
    else:
        _adopt_orphans()


def _raise_loopback() -> None:
    """Let the processes of the cell reach each other: an engine and its workers meet at 127.0.0.1.

    The interface leads nowhere else, and a container has it too.
    """
    # `socket` would cost ten milliseconds.
    import _socket  # noqa: PLC0415
    import fcntl  # noqa: PLC0415

    connection = _socket.socket(_socket.AF_INET, _socket.SOCK_DGRAM)
    try:
        fcntl.ioctl(connection.fileno(), _SET_INTERFACE_FLAGS, _LOOPBACK_UP)
    except PermissionError:
        pass  # The network is not the cell's own: it has what the machine has.
    finally:
        connection.close()


def _mount(program: str, table: bytes) -> None:
    descriptor = os.memfd_create("mounts")
    os.write(descriptor, table)
    os.set_inheritable(descriptor, True)  # noqa: FBT003 - the signature is Python's
    argv = [program, "--no-mtab", "--internal-only", "--all", "--fstab", f"/proc/self/fd/{descriptor}"]
    _, status = os.waitpid(os.posix_spawn(program, argv, {"LC_ALL": "C"}), 0)
    os.close(descriptor)
    if status:
        raise SetupError(f"{program} failed with status {os.waitstatus_to_exitcode(status)}")


def _adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends, so that daemons can be found again."""
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 - costs four milliseconds and only the weaker strategy needs it

        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def _watch_children() -> int:
    """Return a descriptor that becomes readable when a child ends."""
    readable, writable = os.pipe()
    os.set_blocking(writable, False)
    signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    # In a user namespace the program may signal its process 1, and would find Python's handler there.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return readable


def _start(request: Request, groups: list[int] | None, program: Program | None) -> int:
    """Start the program and return its process id; raises SetupError when it cannot be executed."""
    troubles, tell = os.pipe()
    process = os.fork()
    if not process:
        try:
            _become_program(request, request["groups"] if groups is None else groups)
            if program is not None:
                os.closerange(3, _MOST_DESCRIPTORS)
                raise Instead(partial(_run, program, request))  # noqa: TRY301 - to the very bottom
            _execute(request)
        except Exception as error:  # noqa: BLE001 - told to the other side, whatever it is
            os.write(tell, str(error).encode())
        os._exit(127)
    os.close(tell)
    with os.fdopen(troubles, "rb") as stream:
        trouble = stream.read()
    if trouble:
        os.waitpid(process, 0)
        raise SetupError(trouble.decode())
    return process


def _run(program: Program, request: Request) -> NoReturn:
    """Call the program as if it had been executed."""
    # What the start of an interpreter does about signals.
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(request["environment"])
    status = 1
    try:
        status = program(request["argv"])
    except Instead:
        raise
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else 1
    except BaseException:  # noqa: BLE001 - an interpreter would tell and end
        sys.excepthook(*sys.exc_info())
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _become_program(request: Request, groups: list[str] | list[int]) -> None:
    signal.set_wakeup_fd(-1)
    # Those that Python handles, and those that a harness under nohup or in the background inherits ignored.
    for number in (
        signal.SIGCHLD,
        signal.SIGHUP,
        signal.SIGINT,
        signal.SIGPIPE,
        signal.SIGQUIT,
        signal.SIGTERM,
        signal.SIGXFSZ,
    ):
        signal.signal(number, signal.SIG_DFL)
    os.setsid()
    for group in groups:
        with open(group, "w") as stream:  # noqa: PTH123 - pathlib costs a millisecond
            stream.write("0")
    if request["root"]:
        os.chroot(request["root"])
    os.chdir(request["scratch"])
    for limit, value in request["limits"].items():
        hard = resource.getrlimit(limit)[1]
        # A program at its soft limit of CPU time is told with SIGXCPU; at the hard one it is killed.
        wanted = value + 1 if limit == resource.RLIMIT_CPU else value
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(limit, (min(value, most), most))
    user = request["user"]
    if user != -1:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    for directory in request["readable"]:
        if not os.access(directory, os.R_OK | os.X_OK):
            raise SetupError(f"the cell's user may not read {directory}")


def _execute(request: Request) -> NoReturn:
    argv, environment = request["argv"], request["environment"]
    if "/" in argv[0] and not os.access(argv[0], os.X_OK):
        os.stat(argv[0])  # noqa: PTH116 - pathlib costs a millisecond; it says which directory is missing or closed
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), argv[0])
    if request["drop"]:
        # The dropping program still has rights, so the program's environment must not reach it.
        words = [f"{name}={value}" for name, value in environment.items()]
        argv, environment = [*request["drop"], "/usr/bin/env", "-i", *words, *argv], {}
    os.execvpe(argv[0], argv, environment)  # noqa: S606 - a shell is not wanted


def _wait(program: int, control: int, awake: int) -> tuple[bool, int]:
    """Wait for the program or for the harness's word; return whether it was the word, and the wait status."""
    poll = select.poll()
    poll.register(control, select.POLLIN | select.POLLHUP)
    poll.register(awake, select.POLLIN)
    while True:
        # Reap first: orphans of the cell end here too, and zombies would count against its process limit.
        while True:
            ended, status = os.waitpid(-1, os.WNOHANG)
            if ended == program:
                return False, status
            if not ended:
                break
        for descriptor, _ in poll.poll():
            if descriptor == control:
                os.kill(program, signal.SIGKILL)
                while True:
                    ended, status = os.waitpid(-1, 0)
                    if ended == program:
                        return True, status
            os.read(awake, 4096)


def _end_everything(request: Request) -> int:
    """Kill and reap what the program left behind; return how many processes still ran."""
    ended_by_us = 0
    for _ in range(_ROUNDS):
        if request["own_processes"]:
            if os.getpid() != 1:  # Never, but -1 means every process of the machine outside a namespace.
                raise SetupError("the cell has no process namespace of its own")
            _kill(-1)
        else:
            _kill_descendants(request["user"])
        try:
            while True:
                _, status = os.waitpid(-1, 0)
                ended_by_us += os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
                if not request["own_processes"]:
                    _kill_descendants(request["user"])
        except ChildProcessError:
            return ended_by_us
    return ended_by_us


def _remove_groups(request: Request) -> None:
    """Do what the harness would do: it is dead, and the next one may not look where this one stood."""
    for group in request["groups"]:
        for _ in range(_ROUNDS):
            try:
                os.rmdir(os.path.dirname(group))  # noqa: PTH106, PTH120 - pathlib costs a millisecond
            except FileNotFoundError:
                break
            except OSError:
                time.sleep(0.005)  # The kernel is not done with the processes that were in it.
            else:
                break


def _kill(process: int) -> None:
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        pass  # It was faster.
    except PermissionError:
        pass  # It runs a program with other rights; the harness sees it in the cell's control group.


def _kill_descendants(user: int) -> None:
    if user != -1:
        # One atomic kill by the cell's own user reaches everything of that user and nothing else.
        killer = os.fork()
        if not killer:
            os.setresuid(user, user, user)
            _kill(-1)
            os._exit(0)
        os.waitpid(killer, 0)
        return
    parents = _parents()
    wanted = {os.getpid()}
    grew = True
    while grew:
        more = {child for child, parent in parents.items() if parent in wanted} - wanted
        wanted |= more
        grew = bool(more)
    for process in wanted - {os.getpid()}:
        _kill(process)


def _parents() -> dict[int, int]:
    parents = {}
    for name in os.listdir("/proc"):  # noqa: PTH208 - pathlib costs a millisecond
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as stream:  # noqa: PTH123 - as above
                    parents[int(name)] = int(stream.read().rpartition(b")")[2].split()[1])
            except OSError:
                continue  # It ended meanwhile.
    return parents


def _result(path: str, bound: int) -> tuple[bytes | None, str]:
    """Return the result file's content, or None and why; nothing of the cell runs any more."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None, "it wrote no result"
    except OSError as error:
        what = "a symbolic link" if error.errno == errno.ELOOP else os.strerror(error.errno or 0)
        return None, f"its result file cannot be taken: {what}"
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        return None, "its result is no regular file"
    if status.st_nlink != 1:
        return None, "its result file has other names"
    if status.st_size > bound:
        return None, f"its result is larger than {bound} bytes"
    with os.fdopen(descriptor, "rb") as stream:
        return stream.read(bound), ""


if __name__ == "__main__":
    main()
