"""Whose a directory or control group is, told by its name, so that nothing outlives a killed harness."""

import contextlib
import errno
import fcntl
import itertools
import os
import re
import shutil
import subprocess
from pathlib import Path

import psutil

from plugin_matrix.errors import DiskFullError, SandboxError

_NAME = re.compile(r"plugin-matrix-(?P<process>[0-9]+)-(?P<since>[0-9]+)-[0-9]+")
_number = itertools.count()


def own_name() -> str:
    """Return a name that no other living thing of this machine has: process, its start, a number."""
    return f"plugin-matrix-{os.getpid()}-{process_start(os.getpid())}-{next(_number)}"


def is_leftover(name: str) -> bool:
    """Say whether `name` was made by `own_name` in a process that is gone."""
    found = _NAME.fullmatch(name)
    return found is not None and process_start(int(found["process"])) != int(found["since"])


def process_start(process: int) -> int | None:
    """Return when the process started, in the machine's clock ticks since boot; None when there is none."""
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        # No /proc, no ticks. psutil's time would do on Linux too, but for the days the clock is corrected.
        with contextlib.suppress(psutil.NoSuchProcess):
            return None if Path("/proc/self/stat").exists() else round(psutil.Process(process).create_time())
        return None
    return int(status.rpartition(")")[2].split()[19])


class OwnedDirectory:
    """A directory that is locked while its owner lives; leftovers of dead owners beside it are removed.

    The lock tells owners apart that share a directory but not their process numbers, as containers do.
    Raises `SandboxError` when it cannot be made, `DiskFullError` when the disk is full.
    """

    def __init__(self, parent: Path) -> None:
        self.path = parent.absolute() / own_name()
        try:
            parent.mkdir(parents=True, exist_ok=True)
            self.path.mkdir(mode=0o711)
            self._lock = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            fcntl.flock(self._lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError as error:
            raise scratch_error(parent, error) from None
        for leftover in parent.iterdir():
            if is_leftover(leftover.name):
                _remove_unlocked(leftover)

    def remove(self) -> None:
        """Remove it with everything in it."""
        remove_tree(self.path)
        os.close(self._lock)


def scratch_error(place: Path, error: OSError) -> SandboxError | DiskFullError:
    """Return the error a user can act on."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFullError(
            f"The disk of the scratch directory {place} is full.",
            next_step="Free space or name another directory.",
        )
    return SandboxError(
        f"The scratch directory {place} cannot be used: {error.strerror}.",
        next_step="Name a directory that you may write.",
    )


def _remove_unlocked(leftover: Path) -> None:
    try:
        lock = os.open(leftover, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return  # Another harness removes it, or it is not ours to remove.
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    else:
        remove_tree(leftover)
    finally:
        os.close(lock)


def remove_tree(directory: Path) -> None:
    """Remove a directory that foreign code may have made hard to remove: closed, or deep beyond recursion."""
    try:
        shutil.rmtree(directory)
    except (OSError, RecursionError):
        subprocess.run(["/bin/chmod", "-R", "u+rwX", "--", directory], check=False, capture_output=True)
        subprocess.run(["/bin/rm", "-rf", "--", directory], check=False, capture_output=True)
