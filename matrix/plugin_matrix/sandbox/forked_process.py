"""The cell's part of a warm interpreter (`interpreter.py`) in the process sandbox.

The interpreter runs third-party packages' imports, so it is locked in like a cell before it executes itself
anew: namespaces and a root directory of its own, no network, and a user whom nothing belongs to. Within a
user namespace it keeps the rights that making cells takes. Each cell has namespaces of its own in there.

    guardian (this machine's user)  waits for the harness's end, removes the control groups that are left then
      `- interpreter, process 1      locked in; forks
           `- first process          process 1 of a cell's namespaces; mounts, then forks
                `- program           as any program of a cell
"""

# Every cell pays for what this costs, and pathlib costs a millisecond.
# ruff: noqa: PTH100, PTH103, PTH106, PTH118, PTH120, PTH123, PTH207

from __future__ import annotations

import ctypes
import glob
import os
import select
import signal
from os.path import abspath, dirname, join

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn, TypedDict

    class Place(TypedDict):
        """Where the interpreter is to run."""

        alive: int
        """Descriptor of a pipe that the harness holds open while it lives; a byte says that it ends well."""
        root: str
        """Directory of the machine that becomes its root directory."""
        mounts: bytes
        """Its mount table, in the form of fstab(5)."""
        cells: str
        """Where, in its root directory, the root directory of cells is; nothing is mounted in there."""
        scratch: str
        directories: list[str]
        user: int
        """User of the machine that it becomes; -1 to stay who it is."""
        users: tuple[int, int]
        """First id, and how many, that cells may run as."""
        groups: list[str]
        """Patterns of control groups to remove when the harness is gone."""


_NEW_MOUNTS, _NEW_UTS, _NEW_IPC = 0x00020000, 0x04000000, 0x08000000
_NEW_USER, _NEW_PROCESSES, _NEW_NETWORK = 0x10000000, 0x20000000, 0x40000000
_OWN = _NEW_MOUNTS | _NEW_UTS | _NEW_IPC | _NEW_NETWORK
_BIND, _REMOUNT, _RECURSIVE, _PRIVATE = 0x1000, 0x20, 0x4000, 0x40000
_FLAGS = {
    "ro": 0x1,
    "nosuid": 0x2,
    "nodev": 0x4,
    "noexec": 0x8,
    "noatime": 0x400,
    "nodiratime": 0x800,
    "bind": _BIND,
    "relatime": 0x200000,
    "strictatime": 0x1000000,
}
_DETACH = 2
_DUMPABLE, _DROP_FROM_BOUNDS, _CHILD_SUBREAPER, _NO_NEW_PRIVILEGES, _AMBIENT = 4, 24, 36, 38, 47
_AMBIENT_CLEAR = 4
_CAPABILITIES_VERSION = 0x20080522
_MOST_CAPABILITIES = 64
_KEPT = (0, 1, 3, 5, 6, 7, 8, 12, 18, 21)
"""CHOWN, DAC_OVERRIDE, FOWNER, KILL, SETGID, SETUID, SETPCAP, NET_ADMIN (the loopback), SYS_CHROOT and
SYS_ADMIN of its user namespace."""
_REMOVAL_ROUNDS = 200


def _names(file: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__file__": file, "__name__": "first_process"}
    with open(file, "rb") as source:
        exec(compile(source.read(), file, "exec"), names)  # noqa: S102 - a file of ours
    return names


_first_process = _names(join(dirname(abspath(__file__)), "first_process.py"))
_libc = ctypes.CDLL(None, use_errno=True)


def take_place(connection: int, place: Place) -> int:
    """Become process 1 of namespaces with a root directory of its own; leave a guardian behind."""
    _prctl(_NO_NEW_PRIVILEGES, 1)
    _prctl(_CHILD_SUBREAPER, 1)
    hear, tell = os.pipe()
    wait, go = os.pipe()
    starter = os.fork()
    if starter:
        os.close(connection)
        os.close(tell)
        os.close(wait)
        _guard(place, starter, hear, go)
    os.close(place["alive"])
    os.close(hear)
    os.close(go)
    os.setsid()
    as_root = place["user"] != -1
    _leave(_OWN | _NEW_PROCESSES, own_users=not as_root)
    child = os.fork()
    if child:
        os.write(tell, f"{child}\n".encode())
        os._exit(0)
    _lay_out_root(place)
    if as_root:
        # What is mounted by now belongs to the machine's root: in the new namespace it cannot be taken away.
        _check(_libc.unshare(_NEW_USER | _OWN))
        os.write(tell, b"map\n")
        os.read(wait, 1)
        os.setgroups([])
        os.setresgid(0, 0, 0)
        os.setresuid(0, 0, 0)
    os.close(tell)
    os.close(wait)
    for capability in set(range(_MOST_CAPABILITIES)).difference(_KEPT):
        _libc.prctl(
            _DROP_FROM_BOUNDS, capability, 0, 0, 0
        )  # Refused for those that the kernel does not know.
    _set_capabilities(sum(1 << one for one in _KEPT))
    return connection


def is_abandoned(_: Place) -> bool:
    """Say that the connection's end will tell: the guardian sees to the rest."""
    return False


def serve(_: bytes, descriptors: list[int], place: Place, program: Callable[[list[str]], int]) -> None:
    """Run one cell in a fork of the interpreter: request, control, status, output and control groups."""
    request, control, status, output, *groups = descriptors
    _leave(_OWN | _NEW_PROCESSES, own_users=place["user"] == -1)
    if os.fork():
        os._exit(0)
    os.setsid()
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    # The kernel adds, for the harness, which process of the machine this is.
    os.write(status, b"P")

    def run(argv: list[str]) -> int:
        if place["user"] == -1:
            _give_up_capabilities()
        _prctl(_DUMPABLE, 1)  # as any program is; its files in /proc are root's else
        return program(argv)

    def mount(table: bytes) -> None:
        _mount(table, place["root"], place["cells"])

    _first_process["Instead"] = globals()["Instead"]  # The interpreter puts it there.
    _first_process["run_cell"](
        request, control, status, root=place["cells"], groups=groups, mount=mount, program=run
    )


def _guard(place: Place, starter: int, hear: int, go: int) -> NoReturn:
    """Wait for the end of the harness or the interpreter; leave nothing of the latter."""
    with open(hear, "rb", 0) as told:
        interpreter = int(told.readline() or 0)
        os.waitpid(starter, 0)
        if place["user"] != -1 and told.readline():
            _map(interpreter, place)
            os.write(go, b"G")
    os.close(go)
    try:
        watched = os.pidfd_open(interpreter)
        poll = select.poll()
        poll.register(watched, select.POLLIN)
        poll.register(place["alive"], select.POLLIN | select.POLLHUP)
        poll.poll()
        os.kill(interpreter, signal.SIGKILL)
    except OSError:
        pass  # It has ended, or never began.
    try:
        while True:
            os.wait()
    except ChildProcessError:
        pass
    if select.select([place["alive"]], [], [], 0)[0] and not os.read(place["alive"], 1):
        # Do what the harness would do: it is dead, and the next one may not look where this one stood.
        _remove(place["groups"])
    os._exit(0)


def _map(interpreter: int, place: Place) -> None:
    """Say who is who in its user namespace: root there is nobody, the cells' users are themselves."""
    first, count = place["users"]
    for kind in ("uid", "gid"):
        with open(f"/proc/{interpreter}/{kind}_map", "w") as table:
            table.write(f"0 {place['user']} 1\n{first} {first} {count}\n")


def _remove(patterns: list[str]) -> None:
    for _ in range(_REMOVAL_ROUNDS):
        left = [group for pattern in patterns for group in glob.glob(pattern)]
        if not left:
            return
        for group in left:
            try:
                os.rmdir(group)
            except OSError:
                select.select([], [], [], 0.005)  # The kernel is not done with what was in it.


def _lay_out_root(place: Place) -> None:
    _check(_libc.mount(None, b"/", None, _RECURSIVE | _PRIVATE, None))
    _mount(place["mounts"], "", "")
    scratch = place["root"] + place["scratch"]
    owner = max(place["user"], 0)
    for name in place["directories"]:
        os.makedirs(f"{scratch}/{name}", 0o700, exist_ok=True)
        os.chown(f"{scratch}/{name}", owner, owner)
    os.chdir(place["root"])
    _check(_libc.pivot_root(b".", b"."))
    _check(_libc.umount2(b".", _DETACH))
    os.chdir("/")


def _mount(table: bytes, root: str, seen_as: str) -> None:
    """Mount what a table in the form of fstab(5) says; `root` in it is to be seen at `seen_as`."""
    for line in table.decode().splitlines():
        source, target, kind, options, *_ = map(_unescaped, line.split(" "))
        if root:
            source, target = _moved(source, root, seen_as), _moved(target, root, seen_as)
        words = options.split(",")
        flags = sum(_FLAGS.get(word, 0) for word in words)
        rest = [word for word in words if word not in _FLAGS and not word.startswith("X-")]
        if any(word.startswith("X-mount.mkdir") for word in words):
            os.makedirs(target, 0o755, exist_ok=True)
        if flags & _BIND:
            _check(_libc.mount(os.fsencode(source), os.fsencode(target), None, _BIND, None), target)
            _check(_libc.mount(None, os.fsencode(target), None, flags | _REMOUNT, None), target)
        else:
            data = ",".join(rest).encode() or None
            _check(_libc.mount(source.encode(), os.fsencode(target), kind.encode(), flags, data), target)


def _moved(path: str, root: str, seen_as: str) -> str:
    return seen_as + path[len(root) :] if path == root or path.startswith(f"{root}/") else path


def _unescaped(field: str) -> str:
    parts = field.split("\\")
    return parts[0] + "".join(chr(int(part[:3], 8)) + part[3:] for part in parts[1:])


def _leave(flags: int, *, own_users: bool) -> None:
    """Enter new namespaces; with users of its own, as their root, who is the same user outside."""
    user, group = os.geteuid(), os.getegid()
    _check(_libc.unshare(flags | (_NEW_USER if own_users else 0)))
    if own_users:
        for name, content in (
            ("setgroups", "deny"),
            ("uid_map", f"0 {user} 1"),
            ("gid_map", f"0 {group} 1"),
        ):
            with open(f"/proc/self/{name}", "w") as table:
                table.write(content)


def _give_up_capabilities() -> None:
    for capability in range(_MOST_CAPABILITIES):
        _libc.prctl(_DROP_FROM_BOUNDS, capability, 0, 0, 0)
    _libc.prctl(_AMBIENT, _AMBIENT_CLEAR, 0, 0, 0)
    _set_capabilities(0)


def _set_capabilities(held: int) -> None:
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_VERSION, 0)
    low, high = held & 0xFFFFFFFF, held >> 32
    data = (ctypes.c_uint32 * 6)(low, low, 0, high, high, 0)
    _check(_libc.capset(header, data))


def _prctl(option: int, value: int) -> None:
    _check(_libc.prctl(option, value, 0, 0, 0))


def _check(failed: int, what: str = "") -> None:
    if failed:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what or None)
