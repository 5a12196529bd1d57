"""Run a function in a forked process, within a time limit, and take its reports from a pipe.

A report is a frame: a nonce that plugin code does not know, a length, and JSON. The last whole
frame counts, so a process that hangs or dies half-way has still told what it had seen.
"""

from __future__ import annotations

import os
import select
import sys
from _signal import SIGKILL  # type: ignore[import-not-found] # `signal` makes enumerations of its names
from collections import namedtuple
from contextlib import suppress
from os import _exit, close, fork, getpid, killpg, pipe, read, setsid, waitpid, waitstatus_to_exitcode, write
from struct import Struct
from time import monotonic

from .starvation import stretched
from .text import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    Report = dict[str, Any]

MAX_FRAME = 2 * 1024 * 1024
_FAILED = 70
_LOST_CHANNEL = 71
MAX_STREAM = 16 * 1024 * 1024
_HEAD = Struct(">16sI")
_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36

leaving: tuple[type[BaseException], ...] = ()
"""What a process raises that becomes another interpreter and leaves all it was doing."""


class Outcome(namedtuple("Outcome", ("ended", "report", "tampering"))):
    """What came of a forked process."""

    __slots__ = ()
    ended: dict[str, Any]
    report: Report | None
    tampering: str
    """What was done to the pipe: foreign bytes in it, or its end closed; empty for nothing."""


class ChannelLostError(Exception):
    """The way to report is closed; only plugin code can have done that."""


class Channel:
    """The writing end: frames the reports of one process."""

    def __init__(self, descriptor: int, nonce: bytes) -> None:
        self._descriptor = descriptor
        self._nonce = nonce
        self._owner = getpid()
        self._getpid = getpid
        self._write = write
        self._close = close

    def send(self, data: bytes) -> None:
        """Write one frame; too large a frame is dropped, so a smaller one before it counts."""
        if len(data) > MAX_FRAME or self._getpid() != self._owner:
            return
        rest = _HEAD.pack(self._nonce, len(data)) + data
        try:
            while rest:
                rest = rest[self._write(self._descriptor, rest) :]
        except OSError:
            raise ChannelLostError from None


def become_subreaper() -> bool:
    """Adopt the orphans of descendants, so that a daemon can still be found and ended."""
    return _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def become_untraceable() -> bool:
    """Keep other processes of this user from reading and writing this one's memory and files.

    It lasts until another program is executed.
    """
    return _prctl(_PR_SET_DUMPABLE, 0)


def become_traceable() -> bool:
    """Be like a program that was just executed, after a fork from a process that is not."""
    return _prctl(_PR_SET_DUMPABLE, 1)


def _prctl(option: int, value: int) -> bool:
    try:
        from ctypes import CDLL  # noqa: PLC0415 - missing from some builds of Python

        return CDLL(None).prctl(option, value, 0, 0, 0) == 0  # type: ignore[no-any-return]
    except (ImportError, OSError, AttributeError):
        return False


def run_forked(work: Callable[[Channel], int], seconds: float, *, own_group: bool = True) -> Outcome:
    """Fork, let the child do `work`, and return how it ended and what it reported last.

    The child leads a session of its own; when it ends or the time is up, its process group and
    all its descendants are killed. `work` returns the child's exit status. Time that it was ready
    to run on a starved machine is added to the limit.
    """
    nonce = os.urandom(16)
    reading, writing = pipe()
    started = monotonic()
    _flush()
    child = fork()
    if child == 0:
        close(reading)
        if own_group:
            setsid()
        _exit(_in_child(work, Channel(writing, nonce)))
    close(writing)
    stream, timed_out = _collect(child, reading, started, seconds)
    close(reading)
    if own_group:
        _kill_group(child)
    elif timed_out:
        os.kill(child, SIGKILL)
    code = waitstatus_to_exitcode(waitpid(child, 0)[1])
    if own_group:
        end_descendants()
    report, foreign = _last_frame(stream, nonce)
    tampering = "something wrote into the pipe of its report" if foreign else ""
    if code == _LOST_CHANNEL:
        tampering = "something closed the pipe of its report"
    how, number = _how_it_ended(code, report, timed_out=timed_out)
    ended = {"how": how, "code": number, "seconds": round(monotonic() - started, 4)}
    return Outcome(ended, report, tampering)


def _in_child(work: Callable[[Channel], int], channel: Channel) -> int:
    """Do the work; nothing may climb into the parent's stack. Returns the exit status."""
    try:
        return work(channel)
    except leaving:
        raise
    except ChannelLostError:
        return _LOST_CHANNEL
    except BaseException as error:  # noqa: BLE001 - see above
        sys.__excepthook__(type(error), error, error.__traceback__)
        return _FAILED
    finally:
        _flush()


def _how_it_ended(code: int, report: Report | None, *, timed_out: bool) -> tuple[str, int]:
    if timed_out:
        return "timeout", 0
    if code < 0:
        return "signal", -code
    whole = report is not None and report.get("done") and "exit" not in report
    return ("reported", 0) if whole and code == 0 else ("exit", code)


def _flush() -> None:
    """Write out what was printed: forks would print it again, and `_exit` would lose it."""
    for stream in (sys.__stdout__, sys.__stderr__):
        with suppress(OSError, ValueError, AttributeError):  # None, or closed by a plugin
            stream.flush()  # type: ignore[union-attr]


def end_descendants() -> int:
    """Kill and reap every child this process has left; returns how many."""
    ended = 0
    for _ in range(200):
        children = _children()
        if not children:
            break
        for child in children:
            _kill_group(child)
            with suppress(ProcessLookupError, ChildProcessError, PermissionError):
                os.kill(child, SIGKILL)
                waitpid(child, 0)
                ended += 1
    return ended


def _children() -> set[int]:
    try:
        with open(f"/proc/self/task/{getpid()}/children", encoding="ascii") as file:
            return {int(word) for word in file.read().split()}
    except OSError:
        return _children_by_scan()


def _children_by_scan() -> set[int]:
    mine, found = getpid(), set()
    try:
        names = os.listdir("/proc")
    except OSError:
        return set()
    for name in names:
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="ascii", errors="replace") as file:
                    parent = int(file.read().rpartition(")")[2].split()[1])
            except (OSError, ValueError, IndexError):
                continue
            if parent == mine:
                found.add(int(name))
    return found


def _kill_group(leader: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        killpg(leader, SIGKILL)


def _collect(child: int, reading: int, started: float, seconds: float) -> tuple[bytes, bool]:
    """Read until the child is gone, the pipe's end, or the time is up."""
    deadline = started + seconds
    poll = select.poll()
    poll.register(reading, select.POLLIN)
    try:
        pidfd = os.pidfd_open(child)
        poll.register(pidfd, select.POLLIN)
    except (AttributeError, OSError):
        pidfd = -1
    stream = _Stream()
    gone = False
    try:
        while True:
            left = deadline - monotonic()
            if left <= 0 and not gone:
                deadline = started + stretched(seconds, child)
                left = deadline - monotonic()
                if left <= 0:
                    return stream.whole(), True
            ready = poll.poll(0 if gone else max(1.0, left * 1000))
            descriptors = {descriptor for descriptor, _ in ready}
            if reading in descriptors:
                data = read(reading, 1 << 16)
                stream.add(data)
                if data:
                    continue
                # Its end: only the process is left to wait for.
                poll.unregister(reading)
                gone = gone or pidfd < 0
            elif gone:
                break
            gone = gone or pidfd in descriptors
    finally:
        if pidfd >= 0:
            close(pidfd)
    return stream.whole(), False


class _Stream:
    """What came through a pipe, up to a bound."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, data: bytes) -> None:
        self._size += len(data)
        if self._size <= MAX_STREAM:
            self._parts.append(data)

    def whole(self) -> bytes:
        return b"".join(self._parts)


def _last_frame(stream: bytes, nonce: bytes) -> tuple[Report | None, bool]:
    position, last, foreign = 0, None, False
    while position + _HEAD.size <= len(stream):
        mark, length = _HEAD.unpack_from(stream, position)
        if mark != nonce or length > MAX_FRAME:
            found = stream.find(nonce, position + 1)
            foreign = True
            if found < 0:
                break
            position = found
            continue
        start = position + _HEAD.size
        if start + length > len(stream):
            break
        last = stream[start : start + length]
        position = start + length
    if last is None:
        return None, foreign
    try:
        report = decode(last.decode("utf-8"))
    except (ValueError, RecursionError):
        return None, True
    return (report, foreign) if isinstance(report, dict) else (None, True)
