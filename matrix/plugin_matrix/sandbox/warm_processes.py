"""Warm interpreters of the process sandbox: one for each base, locked in like a cell."""

import contextlib
import marshal
import os
import socket
import stat
import subprocess
import threading
from pathlib import Path

import msgspec

from plugin_matrix.sandbox.connection import Connection, NotWarmError
from plugin_matrix.sandbox.protocol import Command, Warm
from plugin_matrix.sandbox.root_filesystem import SCRATCH, SCRATCH_DIRECTORIES, RootFilesystem
from plugin_matrix.sandbox.users import RESIDENT

PROGRAMS = ("interpreter.py", "forked_process.py", "first_process.py")
CELLS = "/home"
"""Where an interpreter sees the empty root directory that becomes a cell's."""
_FLAGS = ("-I", "-S", "-B", "-W", "ignore")
_WARMING_SECONDS = 60.0
_ENDING_SECONDS = 10.0
_SCRATCH_BYTES = 64 * 1024**2
_SAID = 2000


class _Interpreter(msgspec.Struct, frozen=True):
    """One that runs; or why there is none."""

    connection: Connection | None = None
    process: "subprocess.Popen[bytes] | None" = None
    alive: int = -1
    trouble: str = ""


class WarmProcesses:
    """Starts interpreters on demand and ends them; safe to use from several threads."""

    def __init__(
        self,
        root: RootFilesystem,
        programs: Path,
        shelves: tuple[Path, ...],
        *,
        users: range,
        as_root: bool,
        groups: tuple[str, ...],
    ) -> None:
        """Start nothing yet. All see `shelves`; `groups` are patterns of the harness's control groups.

        `as_root` says that this process may be anybody: then the interpreters are nobody.
        """
        self._root = root
        self._programs = programs
        self._shelves = shelves
        self._users = users
        self._user = RESIDENT if as_root else -1
        self._groups = groups
        self._lock = threading.Lock()
        self._starting: dict[Warm, threading.Lock] = {}
        self._interpreters: dict[Warm, _Interpreter] = {}

    @property
    def troubles(self) -> tuple[str, ...]:
        """Why interpreters that were wanted are not there."""
        return tuple(one.trouble for one in self._interpreters.values() if one.trouble)

    def for_command(self, command: Command) -> Connection | None:
        """Return the interpreter that a command may be a fork of; None where it has to be executed."""
        warm = command.warm
        if warm is None or not self._sees(warm, command.read_only):
            return None
        with self._lock:
            starting = self._starting.setdefault(warm, threading.Lock())
        with starting:
            if warm not in self._interpreters:
                try:
                    self._interpreters[warm] = self._start(warm)
                except (NotWarmError, OSError) as error:
                    self._interpreters[warm] = _Interpreter(trouble=str(error))
            return self._interpreters[warm].connection

    def close(self) -> None:
        """End all interpreters."""
        interpreters, self._interpreters = self._interpreters, {}
        for one in interpreters.values():
            if one.connection is not None:
                one.connection.close()
            if one.alive != -1:
                _let_go(one.alive)
        for one in interpreters.values():
            if one.process is not None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    one.process.wait(_ENDING_SECONDS)

    def _sees(self, warm: Warm, wanted: tuple[Path, ...]) -> bool:
        """Say whether an interpreter can show a cell what it needs: it is nobody, and sees little."""
        return all(
            place in warm.read_only or any(self._reaches(shelf, place) for shelf in self._shelves)
            for place in wanted
        )

    def _reaches(self, shelf: Path, place: Path) -> bool:
        if not place.is_relative_to(shelf):
            return False
        between = (one for one in (place, *place.parents) if one.is_relative_to(shelf))
        return self._user == -1 or all(one.stat().st_mode & stat.S_IXOTH for one in between)

    def _start(self, warm: Warm) -> _Interpreter:
        for shelf in self._shelves:
            shelf.mkdir(parents=True, exist_ok=True)
        mine, theirs = socket.socketpair()
        watched, alive = os.pipe()
        said = os.memfd_create("said")
        try:
            told = self._settings(warm, theirs, watched)
            process = subprocess.Popen(
                [str(warm.python), *_FLAGS, str(self._programs / PROGRAMS[0]), told],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
                env={"LC_ALL": "C"},
                cwd="/",
                pass_fds=(theirs.fileno(), watched),
                start_new_session=True,
            )
        except BaseException:
            os.close(alive)
            mine.close()
            os.close(said)
            raise
        finally:
            theirs.close()
            os.close(watched)
        connection = Connection(mine)
        try:
            connection.await_ready(_WARMING_SECONDS)
        except NotWarmError as error:
            connection.close()
            _let_go(alive)
            process.wait()
            last = os.pread(said, _SAID, 0).decode("utf-8", "replace").strip().splitlines()[-1:]
            raise NotWarmError(" ".join([error.message, *last])) from None
        finally:
            os.close(said)
        return _Interpreter(connection, process, alive)

    def _settings(self, warm: Warm, connection: socket.socket, alive: int) -> str:
        shown = (*self._shelves, *warm.read_only, self._programs)
        root = self._root.directory
        table = self._root.mount_table(shown, _SCRATCH_BYTES, self._user)
        place = {
            "alive": alive,
            "root": str(root),
            "mounts": table + self._root.bare_line(CELLS),
            "cells": CELLS,
            "scratch": SCRATCH,
            "directories": list(SCRATCH_DIRECTORIES),
            "user": self._user,
            "users": (self._users.start, len(self._users)),
            "groups": list(self._groups),
        }
        settings = {
            "connection": connection.fileno(),
            "cell": str(self._programs / PROGRAMS[1]),
            "place": place,
            "program": str(warm.program),
            "preload": list(warm.preload),
            "path": [str(one) for one in warm.path],
            "environment": {name: _placed(value) for name, value in warm.environment},
        }
        return marshal.dumps(settings, 2).hex()


def _let_go(alive: int) -> None:
    """Tell a guardian that it is not because of our death that nobody holds the pipe any more."""
    with contextlib.suppress(BrokenPipeError):
        os.write(alive, b"E")
    os.close(alive)


def _placed(text: str) -> str:
    return text.replace("{scratch}", SCRATCH)
