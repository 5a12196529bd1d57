"""First process of a cell in a container: starts the program, ends what is left of it, hands the result out.

Executed in the container as the cell's own user, who is nobody else's; it has no right that the program has
not. So it makes itself untraceable, tells what it tells through a pipe that the program never holds, and is
not relied upon: when it does not report, it is executed anew without a program, to end and remove the rest.
It needs the standard library of CPython 3.9 or newer alone.

In a container with a warm interpreter (`sandbox/interpreter.py`) it is a fork of that, and so is the program:
`take_place`, `is_abandoned` and `serve` are what the interpreter asks of this module.

- standard input: a `CellRequest` behind its length; then a byte, or the end, ends the cell;
- standard output: what the program prints;
- standard error: `S` once the program runs, then `R`, a `CellReport` behind its length, and the result.
"""

# Every cell pays for the start of this process, and pathlib and contextlib cost it several milliseconds.
# ruff: noqa: PTH101, PTH102, PTH103, PTH108, PTH110, PTH112, PTH114, PTH120, PTH123, PTH208, SIM105

from __future__ import annotations

import ctypes
import errno
import json
import marshal
import os
import resource
import select
import shutil
import signal
import stat
import sys
import time
from functools import partial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

    from plugin_matrix.sandbox.container.exchange import CellRequest

    Program = Callable[[list[str]], int]

_TICK_MILLISECONDS = 50
_SWEEP_SECONDS = 5.0
_DUMPABLE = 4
_CHILD_SUBREAPER = 36
_CONTROL_GROUPS = "/sys/fs/cgroup"
_KEEP_CAPABILITIES, _DROP_FROM_BOUNDS, _AMBIENT = 8, 24, 47
_AMBIENT_RAISE, _AMBIENT_CLEAR = 2, 4
_SETGID, _SETUID, _SETPCAP = 6, 7, 8
_CAPABILITIES_VERSION = 0x20080522
_MOST_CAPABILITIES = 64
_MOST_DESCRIPTORS = 256


def take_place(_: int, place: dict[str, Any]) -> int:
    """Become process 1's user with the rights to become a cell's; return the connection to the harness."""
    import socket  # noqa: PLC0415 - of no use to a cell

    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(place["address"])
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_KEEP_CAPABILITIES, 1, 0, 0, 0)
    os.setgroups([])
    os.setresgid(place["user"], place["user"], place["user"])
    os.setresuid(place["user"], place["user"], place["user"])
    kept = (_SETGID, _SETUID, _SETPCAP)
    _set_capabilities(libc, sum(1 << one for one in kept))
    for one in kept:
        if libc.prctl(_AMBIENT, _AMBIENT_RAISE, one, 0, 0):
            raise OSError(ctypes.get_errno(), "a capability cannot be kept")
    return connection.detach()


def is_abandoned(place: dict[str, Any]) -> bool:
    """Say whether the harness is gone: then nobody holds its lock any more."""
    import fcntl  # noqa: PLC0415 - of no use to a cell

    with open(place["alive"]) as alive:
        try:
            fcntl.flock(alive, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def serve(data: bytes, descriptors: list[int], _: dict[str, Any], program: Program) -> None:
    """Run one cell in a fork of a warm interpreter, as the user that `data` names."""
    user = int(data)
    os.setsid()
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in range(_MOST_CAPABILITIES):
        libc.prctl(_DROP_FROM_BOUNDS, capability, 0, 0, 0)  # Refused for those that the kernel does not know.
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    libc.prctl(_AMBIENT, _AMBIENT_CLEAR, 0, 0, 0)
    _set_capabilities(libc, 0)
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
    os.closerange(len(descriptors), _MOST_DESCRIPTORS)
    main(program)


def _set_capabilities(libc: Any, held: int) -> None:
    """Hold these capabilities and no others; raises `OSError`."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_VERSION, 0)
    data = (ctypes.c_uint32 * 6)(*(held & 0xFFFFFFFF,) * 3, *(held >> 32,) * 3)
    if libc.capset(header, data):
        raise OSError(ctypes.get_errno(), "capabilities cannot be set")


class Instead(BaseException):
    """Leaves everything that a forked process was doing; the warm interpreter puts its own class here."""

    def __init__(self, action: Callable[[], NoReturn]) -> None:
        super().__init__()
        self.action = action


def main(program: Program | None = None) -> None:
    """Run one cell, or sweep up after one; `program` is called instead of executing what is to be run."""
    libc = ctypes.CDLL(None)
    if libc.prctl(_DUMPABLE, 0, 0, 0, 0) or libc.prctl(_CHILD_SUBREAPER, 1, 0, 0, 0):
        os._exit(125)
    request: CellRequest = marshal.loads(_exactly(int.from_bytes(_exactly(8), "big")))  # noqa: S302 - the harness's
    report: dict[str, Any] = {}
    result: bytes | None = None
    try:
        before = _counted()
        awake = _watch_children()
        if request["argv"]:
            _lay_out(request)
            process = _start(request, program)
            os.write(2, b"S")
            report["reason"], report["status"] = _wait(process, request, awake, before)
        report["survivors"] = _end_everything()
        report["peak_kilobytes"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        report["scratch_full"] = not os.statvfs(os.path.dirname(request["scratch"])).f_bavail
        result, report["problem"] = _result(request["result"], request["result_bytes"])
    except OSError as error:
        report["trouble"] = str(error)
        report["disk_full"] = error.errno == errno.ENOSPC
        _end_everything()
    report["unclean"] = _clean(request["writable"], set(request["standing"]), libc)
    report["counted"] = _counted()
    report["result_size"] = -1 if result is None else len(result)
    told = json.dumps(report).encode()
    rest = memoryview(b"R" + len(told).to_bytes(8, "big") + told + (result or b""))
    while rest:
        rest = rest[os.write(2, rest[: 1 << 16]) :]
    os._exit(0)


def _exactly(size: int) -> bytes:
    read = b""
    while len(read) < size:
        part = os.read(0, size - len(read))
        if not part:
            os._exit(124)
        read += part
    return read


def _watch_children() -> int:
    """Return a descriptor that becomes readable when a child ends."""
    readable, writable = os.pipe()
    os.set_blocking(writable, False)
    signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    return readable


def _lay_out(request: CellRequest) -> None:
    os.umask(0o022)
    scratch = request["scratch"]
    os.mkdir(scratch, 0o700)
    for name in request["directories"]:
        os.makedirs(f"{scratch}/{name}", 0o700, exist_ok=True)
    for name, content in request["files"].items():
        with open(f"{scratch}/{name}", "xb") as stream:
            stream.write(content)


def _start(request: CellRequest, program: Program | None) -> int:
    """Start the program and return its process id; raises OSError when it cannot be executed."""
    troubles, tell = os.pipe()
    process = os.fork()
    if not process:
        try:
            _become_program(request)
            if program is not None:
                os.closerange(3, _MOST_DESCRIPTORS)
                raise Instead(partial(_run, program, request))  # noqa: TRY301 - to the very bottom
            argv = request["argv"]
            os.execve(argv[0], argv, request["environment"])  # noqa: S606 - a shell is not wanted
        except OSError as error:
            os.write(tell, f"{error.errno or 0} {error}".encode())
        except Instead:
            raise
        except BaseException as error:  # noqa: BLE001 - told to the other side, whatever it is
            os.write(tell, f"0 {error!r}".encode())
        os._exit(127)
    os.close(tell)
    with open(troubles, "rb") as stream:
        number, _, trouble = stream.read().decode().partition(" ")
    if trouble:
        os.waitpid(process, 0)
        raise OSError(int(number), trouble)
    return process


def _run(program: Program, request: CellRequest) -> NoReturn:
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


def _become_program(request: CellRequest) -> None:
    signal.set_wakeup_fd(-1)
    for number in (
        *(signal.SIGCHLD, signal.SIGHUP, signal.SIGINT, signal.SIGPIPE),
        *(signal.SIGTERM, signal.SIGXFSZ),
    ):
        signal.signal(number, signal.SIG_DFL)
    os.setsid()
    os.dup2(1, 2)
    nothing = os.open("/dev/null", os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.chdir(request["scratch"])
    for limit, value in request["limits"].items():
        hard = resource.getrlimit(limit)[1]
        # A program at its soft limit of CPU time is told with SIGXCPU; at the hard one it is killed.
        wanted = value + 1 if limit == resource.RLIMIT_CPU else value
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(limit, (min(value, most), most))
    for place in request["readable"]:
        if not os.access(place, os.R_OK | os.X_OK):
            raise PermissionError(errno.EACCES, "the cell's user may not read " + place)
    ctypes.CDLL(None).prctl(_DUMPABLE, 1, 0, 0, 0)  # as any program is; its files in /proc are root's else
    with open("/proc/self/oom_score_adj", "w") as stream:
        stream.write("1000")  # When memory runs out the program has to go, and not who tells of it.


def _wait(program: int, request: CellRequest, awake: int, before: dict[str, float]) -> tuple[str, int]:
    """Wait for the program, a limit or the harness; return why it was ended, and the wait status."""
    deadline = time.monotonic() + request["wall_seconds"]
    poll = select.poll()
    poll.register(0, select.POLLIN | select.POLLHUP)
    poll.register(awake, select.POLLIN)
    looked = 0.0
    while True:
        status = _reaped(program, os.WNOHANG)
        if status is not None:
            return "", status
        reason = ""
        for descriptor, _ in poll.poll(_TICK_MILLISECONDS):
            if descriptor == awake:
                os.read(awake, 4096)
            else:
                reason = "asked"
        now = time.monotonic()
        if now > deadline:
            reason = "wall-time"
        elif not reason and now - looked > _TICK_MILLISECONDS / 1000:
            looked = now
            reason = _over(request, before, _counted())
        if reason:
            os.kill(program, signal.SIGKILL)
            return reason, _reaped(program, 0) or 0


def _reaped(program: int, options: int) -> int | None:
    """Reap; return the program's wait status when it has ended.

    Orphans of the cell end here too, and zombies would count against its process limit.
    """
    while True:
        ended, status = os.waitpid(-1, options)
        if ended == program:
            return status
        if not ended:
            return None


def _over(request: CellRequest, before: dict[str, float], now: dict[str, float]) -> str:
    # A program may run into the limit and cope. One refused as often as it was allowed is a fork bomb.
    if now["refused_forks"] - before["refused_forks"] >= request["processes"]:
        return "processes"
    if now["cpu_seconds"] - before["cpu_seconds"] > request["cpu_seconds"]:
        return "cpu"
    return ""


def _end_everything() -> int:
    """Kill and reap all of this user's but this process; return how many still ran."""
    ended_by_us = 0
    deadline = time.monotonic() + _SWEEP_SECONDS
    while time.monotonic() < deadline:
        _kill_all()
        try:
            while True:
                ended, status = os.waitpid(-1, os.WNOHANG)
                if not ended:
                    break
                ended_by_us += os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        except ChildProcessError:
            pass
        if not _of_this_user():
            break
        time.sleep(0.002)
    return ended_by_us


def _kill_all() -> None:
    """Kill every process in reach but this one: nobody else's are, and process 1 is another user's."""
    try:
        os.kill(-1, signal.SIGKILL)
    except ProcessLookupError:
        pass  # There is none.


def _of_this_user() -> list[str]:
    """Return the user's other processes in this container."""
    own, user, found = str(os.getpid()), os.getuid(), []
    for name in os.listdir("/proc"):
        if name.isdigit() and name != own:
            try:
                with open(f"/proc/{name}/status", "rb") as stream:
                    users = stream.read().partition(b"\nUid:")[2].split(b"\n", 1)[0].split()
            except OSError:
                continue  # It ended meanwhile.
            if str(user).encode() in users:
                found.append(name)
    return found


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
    problem = ""
    if not stat.S_ISREG(status.st_mode):
        problem = "its result is no regular file"
    elif status.st_nlink != 1:
        problem = "its result file has other names"
    elif status.st_size > bound:
        problem = f"its result is larger than {bound} bytes"
    if problem:
        os.close(descriptor)
        return None, problem
    with open(descriptor, "rb") as stream:
        return stream.read(bound), ""


def _clean(writable: list[str], standing: set[str], libc: Any) -> str:
    """Remove everything that a cell can leave behind; return what is left all the same, of whomever."""
    for entry in _entries(writable) - standing:
        _remove(entry)
    _remove_system_v(libc)
    left = sorted(_entries(writable) - standing)
    left += [f"{kind} {number}" for kind in _SYSTEM_V for number in _system_v(kind)]
    others = [name for name in os.listdir("/proc") if name.isdigit() and name not in {"1", str(os.getpid())}]
    left += [f"process {name}" for name in others if os.path.exists(f"/proc/{name}")]
    return ascii(left[:5]) if left else ""


def _entries(directories: list[str]) -> set[str]:
    """Return the paths of what is in any of the directories; not all platforms have each."""
    return {f"{place}/{name}" for place in directories if os.path.isdir(place) for name in os.listdir(place)}


def _remove(path: str) -> None:
    """Remove a file or tree; one that is made hard to remove stays, and the container goes."""

    def open_up(function: Callable[[str], object], place: str, _: object) -> None:
        try:
            os.chmod(os.path.dirname(place), 0o700)
            if os.path.isdir(place) and not os.path.islink(place):
                os.chmod(place, 0o700)
                shutil.rmtree(place, ignore_errors=True)
            else:
                function(place)
        except OSError:
            pass

    try:
        if os.path.isdir(path) and not os.path.islink(path):
            os.chmod(path, 0o700)
            shutil.rmtree(path, onerror=open_up)
        else:
            os.unlink(path)
    except (OSError, RecursionError):
        pass


_SYSTEM_V = ("msg", "sem", "shm")


def _system_v(kind: str) -> list[int]:
    """Return the identifiers of System V objects; the second column of the kernel's table."""
    try:
        with open(f"/proc/sysvipc/{kind}") as table:
            return [int(line.split()[1]) for line in list(table)[1:]]
    except OSError:
        return []


def _remove_system_v(libc: Any) -> None:
    for number in _system_v("msg"):
        libc.msgctl(number, 0, None)
    for number in _system_v("sem"):
        libc.semctl(number, 0, 0)
    for number in _system_v("shm"):
        libc.shmctl(number, 0, None)


def _counted() -> dict[str, float]:
    """Return what the container's control groups count, version 1 or 2."""
    root = _CONTROL_GROUPS
    if os.path.exists(f"{root}/cgroup.controllers"):
        cpu = _events(f"{root}/cpu.stat").get("usage_usec", 0) / 1e6
        memory, processes = _events(f"{root}/memory.events"), _events(f"{root}/pids.events")
    else:
        cpu = _number(f"{root}/cpuacct/cpuacct.usage") / 1e9
        memory = _events(f"{root}/memory/memory.oom_control")
        processes = _events(f"{root}/pids/pids.events")
    return {
        "memory_kills": memory.get("oom_kill", 0),
        "refused_forks": processes.get("max", 0),
        "cpu_seconds": cpu,
    }


def _events(file: str) -> dict[str, int]:
    try:
        with open(file) as stream:
            return {line.split()[0]: int(line.split()[1]) for line in stream}
    except (OSError, ValueError, IndexError):
        return {}


def _number(file: str) -> int:
    try:
        with open(file) as stream:
            return int(stream.read())
    except (OSError, ValueError):
        return 0


if __name__ == "__main__":
    main()
