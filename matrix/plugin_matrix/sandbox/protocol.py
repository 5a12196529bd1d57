"""The one door through which foreign code runs."""

from enum import StrEnum
from pathlib import Path
from typing import Protocol

import msgspec

from plugin_matrix.model import Isolation


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one cell may use."""

    wall_seconds: float = 180.0
    cpu_seconds: int = 600
    memory_bytes: int = 4 * 1024**3
    """Resident memory of all processes of the cell together."""
    processes: int = 256
    """Processes and threads of the cell together."""
    open_files: int = 1024
    file_bytes: int = 64 * 1024**2
    """Largest single file it may write."""
    scratch_bytes: int = 256 * 1024**2
    output_bytes: int = 8 * 1024**2
    """Standard output and error together; the cell is ended when it prints more."""
    result_bytes: int = 8 * 1024**2


class Warm(msgspec.Struct, frozen=True, kw_only=True):
    """An interpreter that has imported ahead, and of which a command may be a fork.

    What the command's program sees is the same, only sooner; where a sandbox cannot have one, it executes.
    """

    python: Path
    program: Path
    """Script that prepares the interpreter it is executed in, and serves; see `probe/forked.py`."""
    path: tuple[Path, ...] = ()
    """Directories of modules behind the standard library's."""
    preload: tuple[str, ...] = ()
    """Modules to import ahead besides those that the program itself asks for."""
    read_only: tuple[Path, ...] = ()
    """Directories it needs besides the system's."""
    environment: tuple[tuple[str, str], ...] = ()
    """What it starts with: all that the start of Python and the imports look at, as in the command."""


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """A program to run locked in."""

    argv: tuple[str, ...]
    """`{scratch}` and `{result}` in an argument stand for the paths the program sees."""
    environment: dict[str, str]
    """The whole environment, and the same placeholders; nothing is inherited."""
    files: dict[str, bytes] = {}
    """Files laid into the scratch directory beforehand, by name."""
    read_only: tuple[Path, ...] = ()
    """Directories the program needs besides the system's: interpreter, environments, layers, probe."""
    limits: Limits = Limits()
    warm: Warm | None = None
    """Where the program may be a fork of an interpreter that has started already."""


class End(StrEnum):
    """Why the program is not running any more."""

    EXITED = "exited"
    SIGNALLED = "signalled"
    WALL_TIME = "wall-time"
    MEMORY = "memory"
    OUTPUT = "output"
    PROCESSES = "processes"
    INTERRUPTED = "interrupted"
    """The harness ended it (Ctrl-C)."""


class Execution(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a command."""

    end: End
    code: int
    """Exit status, or the signal's number."""
    seconds: float
    output: str
    """Last part of standard output and error together, decoded, control characters removed."""
    output_bytes: int
    """How much it printed in all."""
    result: bytes | None
    """Content of the result file; None when there is none, it is no regular file, or it is too large."""
    result_problem: str = ""
    """Why there is no result."""
    peak_memory: int | None = None
    processes_ended: int = 0
    """Descendants that were still running when the program ended, and were killed."""
    refused_forks: int = 0
    """How often the process limit was hit, where the machine tells."""
    scratch_full: bool = False
    """Nothing more could be written when the program had ended."""
    isolation: Isolation


class Sandbox(Protocol):
    """Runs foreign code so that nothing but its own cell can come to harm.

    Raises `plugin_matrix.errors.SandboxError` when the machine, not the program, is at fault.
    """

    def run(self, command: Command) -> Execution:
        """Run `command` to its end; safe to call from several threads at once."""
        ...

    def interrupt(self) -> None:
        """End all running commands; they return with `End.INTERRUPTED`."""
        ...
