"""Writing reports so that a reader never sees half a file."""

import errno
import os
from pathlib import Path

from plugin_matrix.errors import ReportError


def write_atomically(path: Path, content: bytes) -> None:
    """Write `content` to `path` whole or not at all; missing directories are made.

    Raises `ReportError` where the place cannot be written or the disk is full.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with unfinished.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise _explained(path, error) from error


def _explained(path: Path, error: OSError) -> ReportError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return ReportError(
            f"The report {path.name} could not be written: no space is left for {path.parent}.",
            next_step="Free some space or choose another directory, then run the same command again.",
        )
    why = (error.strerror or str(error)).lower()
    return ReportError(
        f"The report {path.name} could not be written to {path.parent}: {why}.",
        next_step="Choose a directory that you may write to.",
    )


def writable_directory(directory: Path) -> None:
    """Make `directory` and write to it, so that a long run does not end in a report it cannot keep.

    Raises `ReportError` where that fails.
    """
    trial = directory / ".writable"
    write_atomically(trial, b"")
    trial.unlink(missing_ok=True)
