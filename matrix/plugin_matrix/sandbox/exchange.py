"""What a cell's first process is asked and what it tells; both travel marshalled."""

from typing import TypedDict


class Request(TypedDict):
    """What the harness asks for."""

    own_processes: bool
    """This is process 1 of a process namespace: everything else in it belongs to the cell."""
    mount: str
    """The mount program; empty without a mount namespace."""
    mounts: bytes
    """Mount table in the form of fstab(5)."""
    root: str
    """Directory that becomes the program's root; empty for the host's."""
    scratch: str
    """Scratch directory as the program sees it."""
    directories: list[str]
    """Directories to make in the scratch directory."""
    files: dict[str, bytes]
    result: str
    result_bytes: int
    argv: list[str]
    drop: list[str]
    """Command that gives up capabilities and executes the rest; empty where changing user does it."""
    environment: dict[str, str]
    user: int
    """User and group id of the program; -1 to stay."""
    readable: list[str]
    """Directories the program must be able to list."""
    limits: dict[int, int]
    """`RLIMIT_*` number to value."""
    groups: list[str]
    """`cgroup.procs` files to enter."""


class Report(TypedDict):
    """What the harness is told."""

    trouble: str
    """Why the program could not be started."""
    disk_full: bool
    status: int
    """As `waitpid` gives it."""
    on_request: bool
    """The harness ended the program."""
    survivors: int
    """Processes still running when the program had ended."""
    peak_kilobytes: int
    scratch_full: bool
    result: bytes | None
    problem: str
