"""The content-addressed store on disk: what is made once, shared by every run on a machine.

Layout: `<root>/<kind>/<key>`. An entry appears by one rename, so it is whole or absent, and a
lock per entry keeps two harnesses from making it twice. The modification time of an entry is
the time of its last use; `prune` goes by it.
"""

import contextlib
import errno
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import filelock

from plugin_matrix.errors import DiskFullError, EnvironmentMakingError

LOCK_SECONDS = 1800.0
"""How long to wait for another harness that is making the same entry."""


class Store:
    """Entries under `root`; safe between threads and between processes."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()

    def entry(self, kind: str, key: str, make: Callable[[Path], None]) -> Path:
        """Return the entry `kind/key`, calling `make` with the path to fill when it is not there.

        `make` creates a file or a directory at the path it is given; when it raises, nothing stays.
        Raises `DiskFullError` and, where the store cannot be written, `EnvironmentMakingError`.
        """
        path = self.root / kind / key
        with self.guarded():
            if self._use(path):
                return path
            with self.lock(f"{kind}-{key}"):
                if self._use(path):
                    return path
                path.parent.mkdir(parents=True, exist_ok=True)
                # The lock is ours, so whatever stands under this prefix was left by a killed harness.
                for left_over in path.parent.glob(f".{key}.*"):
                    _remove(left_over)
                workspace = Path(tempfile.mkdtemp(prefix=f".{key}.", dir=path.parent))
                try:
                    make(workspace / "made")
                    (workspace / "made").rename(path)
                finally:
                    _remove(workspace)
                self._use(path)
        return path

    def find(self, kind: str, key: str) -> Path | None:
        """Return the entry when it is there, and count that as a use."""
        path = self.root / kind / key
        return path if self._use(path) else None

    @contextlib.contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Hold the lock `name` against threads and other processes."""
        directory = self.root / "locks"
        directory.mkdir(parents=True, exist_ok=True)
        try:
            with filelock.FileLock(directory / f"{name}.lock", timeout=LOCK_SECONDS):
                yield
        except filelock.Timeout as error:
            raise EnvironmentMakingError(
                f"Another run has been holding {name!r} of the store for {LOCK_SECONDS / 60:.0f} minutes.",
                next_step="End that run, or name another store directory.",
            ) from error

    @contextlib.contextmanager
    def guarded(self) -> Iterator[None]:
        """Turn the operating system's refusals into errors that say what to do."""
        try:
            yield
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise DiskFullError(
                    "The disk that holds the store is full.",
                    next_step="Free some space, prune the store, or name another store directory.",
                ) from error
            raise EnvironmentMakingError(
                f"The store cannot be used: {error.strerror or error}"
                + (f" ({Path(str(error.filename)).name})." if error.filename else "."),
                next_step="Name a directory that this user can write to as the store.",
            ) from error

    def prune(self, kinds: Iterable[str], max_bytes: int, *, unused_seconds: float = 3600.0) -> int:
        """Remove least recently used entries of `kinds` until they fit into `max_bytes`.

        Entries used within the last `unused_seconds` stay: another harness may be running in them.
        Returns the number of bytes freed. A file hard-linked from elsewhere counts once.
        """
        entries = [
            path for kind in kinds for path in _children(self.root / kind) if not path.name.startswith(".")
        ]
        seen: set[tuple[int, int]] = set()
        newest_first = sorted(entries, key=_last_use, reverse=True)
        sizes = {path: _size(path, seen) for path in newest_first}
        total, freed, now = sum(sizes.values()), 0, time.time()
        for path in reversed(newest_first):
            if total - freed <= max_bytes:
                break
            with self.guarded(), self.lock(f"{path.parent.name}-{path.name}"):
                if now - _last_use(path) < unused_seconds:
                    continue
                doomed = path.with_name(f".{path.name}.pruned")
                path.rename(doomed)
                _remove(doomed)
            freed += sizes[path]
        return freed

    @staticmethod
    def _use(path: Path) -> bool:
        try:
            os.utime(path)
        except FileNotFoundError:
            return False
        except PermissionError:
            # A store that belongs to somebody else can still be read.
            return path.exists()
        return True


def _children(directory: Path) -> list[Path]:
    return sorted(directory.iterdir()) if directory.is_dir() else []


def _last_use(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _size(path: Path, seen: set[tuple[int, int]]) -> int:
    """Bytes on disk below `path`, leaving out files that are already in `seen`."""
    total = 0
    files = (
        [path] if not path.is_dir() else (Path(at) / name for at, _, names in os.walk(path) for name in names)
    )
    for file in files:
        status = file.lstat()
        if stat.S_ISREG(status.st_mode) and (identity := (status.st_dev, status.st_ino)) not in seen:
            seen.add(identity)
            total += status.st_blocks * 512
    return total


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
