"""Watch what plugin code does to the world, through `sys.addaudithook`.

Only operations that the plugin's own code asked for count: the nearest frame that belongs to
neither the standard library nor a dependency's own import must be the plugin's.
"""

from __future__ import annotations

import os
import re
import sys
from os.path import abspath, dirname, exists, isdir, realpath
from typing import TYPE_CHECKING, Any

from .origin import is_probe
from .text import MOST_TOLD, bounded, shown

if TYPE_CHECKING:
    from types import FrameType

    from .tracebacks import Describe

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
_KIND = {
    "socket.connect": "network",
    "socket.getaddrinfo": "network",
    "socket.gethostbyname": "network",
    "socket.sendto": "network",
    "open": "write",
    "os.mkdir": "write",
    "os.truncate": "write",
    "os.link": "write",
    "os.symlink": "write",
    "os.rename": "write",
    "os.remove": "delete",
    "os.rmdir": "delete",
    "shutil.rmtree": "delete",
    "subprocess.Popen": "process",
    "os.fork": "process",
    "os.forkpty": "process",
    "os.posix_spawn": "process",
    "os.spawn": "process",
    "os.system": "process",
    "os.exec": "exec",
    "ctypes.dlsym": "escape",
    "os.chmod": "escape",
}
_UNINTERESTING = ("/dev/", "/proc/")
_HOST = re.compile(
    r"/proc/(sys/|sysrq-trigger|kcore|kmem|[0-9]+/(mem|environ|root|oom_score_adj)\b)"
    r"|/dev/(mem|kmem|port|kmsg|fuse|kvm|disk|mapper|loop|[shv]d[a-z]|nvme)"
)
"""Places of the machine that no plugin has a use for; of `/proc/sys` only writing counts."""
_ENGINE_SOCKET = re.compile(r"/(docker|podman|containerd|crio|buildkitd)\.sock$")
_METADATA = frozenset({"169.254.169.254", "169.254.170.2", "fd00:ec2::254", "metadata.google.internal"})
_RIGHTS = frozenset(
    {
        *(
            "mount",
            "umount",
            "umount2",
            "pivot_root",
            "chroot",
            "unshare",
            "setns",
            "ptrace",
            "process_vm_writev",
            "process_vm_readv",
            "setuid",
            "setresuid",
            "setreuid",
            "setgid",
            "capset",
            "init_module",
            "finit_module",
            "delete_module",
            "kexec_load",
            "reboot",
            "swapon",
            "bpf",
            "keyctl",
            "perf_event_open",
            "open_by_handle_at",
        ),
    }
)
"""Functions of the C library that serve to get out of a sandbox and not to run a model."""
_SET_ID = 0o6000


class Recorder:
    """Events of one process; `phase` is None while no plugin code runs."""

    def __init__(self, describe: Describe, scratch: str) -> None:
        self.phase: str | None = None
        self.events: list[dict[str, Any]] = []
        self._describe = describe
        self._scratch = realpath(scratch) if scratch else ""
        self._seen: dict[tuple[str, str], int] = {}
        self._busy = False

    def install(self) -> None:
        """Start watching; a hook cannot be taken out again, so only in a process of a scenario."""
        sys.addaudithook(self._hook)

    def record(self, kind: str, detail: str, *, allowed: bool = True, frame: FrameType | None = None) -> None:
        """Keep one event; the same thing again is kept once."""
        key = (kind, detail)
        if self.phase is None or key in self._seen or len(self.events) >= MOST_TOLD:
            return
        self._seen[key] = len(self.events)
        self.events.append(
            {
                "kind": kind,
                "detail": bounded(detail, 1_000),
                "phase": self.phase,
                "allowed": allowed,
                "frames": self._describe.stack(frame or sys._getframe(1))[-12:],
            }
        )

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.phase is None or self._busy:
            return
        kind = _KIND.get(event)
        if kind is None:
            return
        self._busy = True
        try:
            self._look(event, kind, arguments)
        except Exception:  # noqa: BLE001, S110 - an error here would surface inside the plugin
            pass
        finally:
            self._busy = False

    def _look(self, event: str, kind: str, arguments: tuple[Any, ...]) -> None:
        escape = _escape(event, arguments)
        if escape is None and (kind == "escape" or (event == "open" and not _writes(arguments))):
            return
        frame = sys._getframe(2)
        if not self._asked_by_plugin(frame):
            return
        if escape is not None:
            self.record("escape", escape, allowed=False, frame=frame)
            if kind == "escape":
                return
        if kind in ("write", "delete"):
            path = arguments[1] if event in ("os.rename", "os.link", "os.symlink") else arguments[0]
            if not isinstance(path, (str, bytes)):
                return
            where = abspath(os.fsdecode(path))
            if where.startswith(_UNINTERESTING) or "__pycache__" in where:
                return
            if event == "os.mkdir" and isdir(where):
                return
            self.record(kind, self._place(where), allowed=_may_write(where), frame=frame)
        elif kind == "network":
            self._network(event, arguments, frame)
        else:
            command = arguments[1] if event == "subprocess.Popen" else (arguments[0] if arguments else "fork")
            self.record(kind, command if isinstance(command, str) else shown(command), frame=frame)

    def _network(self, event: str, arguments: tuple[Any, ...], frame: FrameType) -> None:
        address = arguments[0] if event.startswith("socket.geth") else arguments[1]
        if event == "socket.getaddrinfo":
            address = arguments[:2]
        if isinstance(address, (str, bytes)) and event != "socket.gethostbyname":
            return  # a socket of the file system
        if isinstance(address, tuple) and len(address) >= 2:  # noqa: PLR2004 - host and port
            detail = f"{_plain(address[0])}:{_plain(address[1])}"
        else:
            detail = _plain(address)
        self.record("network", detail, allowed=_has_route(), frame=frame)

    def _asked_by_plugin(self, frame: FrameType | None) -> bool:
        while frame is not None:
            file = frame.f_code.co_filename
            if file.startswith("<frozen importlib"):
                return False
            if is_probe(file) or frame.f_code.co_name == "_get_default_tempdir":
                return False  # the standard library tries out where it may write
            origin, relative = self._describe.origins.of(file)
            if origin == "plugin":
                return True
            if origin == "engine":
                return False
            del relative
            frame = frame.f_back
        return False

    def _place(self, where: str) -> str:
        real = realpath(where)
        if self._scratch and (real == self._scratch or real.startswith(self._scratch + os.sep)):
            return "$SCRATCH" + real[len(self._scratch) :]
        return where


def _escape(event: str, arguments: tuple[Any, ...]) -> str | None:
    """Say what of the machine, beyond the sandbox, an operation reaches for; None when it does not."""
    if event == "open":
        path = arguments[0]
        where = abspath(os.fsdecode(path)) if isinstance(path, (str, bytes)) else ""
        if not _HOST.match(where) or where.startswith(f"/proc/{os.getpid()}/"):
            return None
        return where if _writes(arguments) or not where.startswith("/proc/sys/") else None
    if event == "ctypes.dlsym":
        return f"{arguments[1]}()" if arguments[1] in _RIGHTS else None
    if event == "os.chmod":
        return "a setuid program" if isinstance(arguments[1], int) and arguments[1] & _SET_ID else None
    return _escape_over_network(arguments[1]) if event in ("socket.connect", "socket.sendto") else None


def _escape_over_network(address: object) -> str | None:
    if isinstance(address, (str, bytes)):
        path = os.fsdecode(address)
        return path if _ENGINE_SOCKET.search(path) else None
    host = _plain(address[0]) if isinstance(address, tuple) and address else ""
    return f"the metadata service at {host}" if host in _METADATA else None


def _plain(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("ascii", "replace")
    return str(value) if isinstance(value, (str, int)) else shown(value)


def _writes(arguments: tuple[Any, ...]) -> bool:
    mode, flags = arguments[1], arguments[2]
    if isinstance(mode, str):
        return any(letter in mode for letter in "wax+")
    return isinstance(flags, int) and bool(flags & _WRITING)


def _may_write(where: str) -> bool:
    """Tell whether the operation can have succeeded: the hook runs before it."""
    target = where if exists(where) else dirname(where)
    return os.access(target, os.W_OK)


def _has_route() -> bool:
    try:
        with open("/proc/net/route", encoding="ascii") as file:
            return len(file.readlines()) > 1
    except OSError:
        return True
