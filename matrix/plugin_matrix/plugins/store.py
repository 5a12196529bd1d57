"""The content-addressed store on disk: what is made once, shared by every run on a machine.

Layout: `<root>/<kind>/<key>`. An entry appears by one rename, so it is whole or absent, and a
lock per entry keeps two harnesses from making it twice. The modification time of an entry is
the time of its last use. Who uses a store marks it with `in_use`; `pruning` removes nothing that
was used since the oldest mark of a living process.
"""

import contextlib
import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import platformdirs

from plugin_matrix.errors import DiskFullError, EnvironmentMakingError

DEFAULT_BYTES = 10 * 1024**3
"""What a store may hold where nobody says."""
LOCK_SECONDS = 1800.0
"""How long to wait for another harness that is making the same entry."""
LOCKS = "locks"
MARKS = "runs"


def default_store() -> Path:
    """Return where things are kept when nobody says where: `PLUGIN_MATRIX_STORE`, else the user's cache."""
    return Path(os.environ.get("PLUGIN_MATRIX_STORE") or platformdirs.user_cache_dir("plugin-matrix"))


class EntryLockedError(EnvironmentMakingError):
    """Somebody else holds a lock of the store."""


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
            with self.lock(entry_lock(kind, key)):
                if self._use(path):
                    return path
                path.parent.mkdir(parents=True, exist_ok=True)
                # The lock is ours, so whatever stands under this prefix was left by a killed harness.
                for left_over in path.parent.glob(f".{key}.*"):
                    remove(left_over)
                workspace = Path(tempfile.mkdtemp(prefix=f".{key}.", dir=path.parent))
                try:
                    make(workspace / "made")
                    (workspace / "made").rename(path)
                finally:
                    remove(workspace)
                self._use(path)
        return path

    def replace(self, kind: str, key: str, content: bytes) -> None:
        """Have the file `kind/key` hold `content`, whatever it held: of an entry that may change.

        Raises as `entry` does.
        """
        path = self.root / kind / key
        with self.guarded():
            path.parent.mkdir(parents=True, exist_ok=True)
            # What has no lock file is no entry.
            lock = self.lock_file(entry_lock(kind, key))
            lock.parent.mkdir(parents=True, exist_ok=True)
            lock.touch()
            descriptor, name = tempfile.mkstemp(prefix=f".{key}.", dir=path.parent)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(content)
                Path(name).rename(path)
            finally:
                Path(name).unlink(missing_ok=True)

    def find(self, kind: str, key: str) -> Path | None:
        """Return the entry when it is there, and count that as a use."""
        path = self.root / kind / key
        return path if self._use(path) else None

    @contextlib.contextmanager
    def in_use(self) -> Iterator[None]:
        """Keep everything that is used from here on from being pruned, by whomever, until the end.

        The mark is a lock on a file, which dies with its process; the file's time tells since when.
        """
        with self.guarded():
            marks = self.root / MARKS
            marks.mkdir(parents=True, exist_ok=True)
            # Behind the gate, so that nobody takes the mark for a dead one before it is locked.
            with self.gate(fcntl.LOCK_SH):
                descriptor, name = tempfile.mkstemp(dir=marks)
                fcntl.flock(descriptor, fcntl.LOCK_EX)
        try:
            yield
        finally:
            Path(name).unlink(missing_ok=True)
            os.close(descriptor)

    @contextlib.contextmanager
    def lock(self, name: str, *, seconds: float = LOCK_SECONDS) -> Iterator[None]:
        """Hold the lock `name` against threads and other processes; waits for it up to `seconds`."""
        import filelock  # noqa: PLC0415 - what only looks things up need not wait for it

        path = self.lock_file(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with filelock.FileLock(path, timeout=seconds):
                yield
        except filelock.Timeout as error:
            raise EntryLockedError(
                f"Another run has been holding {name!r} of the store for {seconds / 60:.0f} minutes.",
                next_step="End that run, or name another store directory.",
            ) from error

    def lock_file(self, name: str) -> Path:
        """Where the lock `name` is. It stays for ever, and so tells what has been made by a store."""
        return self.root / LOCKS / f"{name}.lock"

    @contextlib.contextmanager
    def gate(self, operation: int) -> Iterator[None]:
        """Hold the gate that uses pass together (`LOCK_SH`) and a removal alone (`LOCK_EX`), for moments.

        Without it an entry could be removed between its being looked up and its use being noted.
        """
        directory = self.root / LOCKS
        directory.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(directory / "gate", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(descriptor, operation)
            yield
        finally:
            os.close(descriptor)

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

    def _use(self, path: Path) -> bool:
        if not path.exists():
            return False
        try:
            with self.gate(fcntl.LOCK_SH):
                os.utime(path)
        except FileNotFoundError:
            return False
        except PermissionError:
            # A store that belongs to somebody else can still be read.
            return path.exists()
        return True


def entry_lock(kind: str, key: str) -> str:
    """Return the name of the lock that whoever makes or removes an entry holds."""
    return f"{kind}-{key}"


def remove(path: Path) -> None:
    """Remove a file or a directory; what cannot be removed stays."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
