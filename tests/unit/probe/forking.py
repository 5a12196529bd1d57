"""A warm interpreter for tests: cells of it are forks."""

import marshal
import os
import socket
import subprocess
import sys
from pathlib import Path

import plugin_matrix.probe
from plugin_matrix import sandbox
from plugin_matrix.sandbox.connection import Connection

PROBE = Path(plugin_matrix.probe.__file__).parent
INTERPRETER = Path(sandbox.__file__).with_name("interpreter.py")
UNLOCKED = Path(__file__).parents[2] / "warm" / "unlocked.py"


class Forking:
    """One warm interpreter of a Python."""

    def __init__(self, python: str = sys.executable, environment: "dict[str, str] | None" = None) -> None:
        mine, theirs = socket.socketpair()
        with theirs:
            settings = {
                "connection": theirs.fileno(),
                "cell": str(UNLOCKED),
                "place": {},
                "program": str(PROBE / "forked.py"),
                "preload": [],
                "path": [],
                "environment": environment or {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
            }
            told = marshal.dumps(settings, 2).hex()
            self._process = subprocess.Popen(
                [python, "-I", "-S", "-B", str(INTERPRETER), told], pass_fds=[theirs.fileno()], cwd="/"
            )
        self._connection = Connection(mine)
        self._connection.await_ready(60)

    @property
    def process(self) -> int:
        """Its process id."""
        return self._process.pid

    def run(self, argv: list[str], environment: dict[str, str], directory: Path) -> tuple[int, str]:
        """Let a fork do what executing `argv` would; return its exit status and what it printed."""
        request = os.memfd_create("request")
        os.write(request, marshal.dumps([argv, environment, str(directory)], 2))
        os.lseek(request, 0, os.SEEK_SET)
        printed, output = os.pipe()
        told, status = os.pipe()
        self._connection.hand_over(b"C", [request, output, status])
        for descriptor in (request, output, status):
            os.close(descriptor)
        with os.fdopen(printed, errors="replace") as stream, os.fdopen(told) as end:
            return int(end.read() or -9), stream.read()

    def close(self) -> None:
        """End it."""
        self._connection.close()
        self._process.wait(20)
