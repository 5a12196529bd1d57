"""Bounding a store: what there is, and removing what was used least recently.

Other harnesses may run meanwhile. What any of them has used since it began stays; what nobody has
is taken out by one rename, so that no one ever sees half an entry.
"""

import contextlib
import fcntl
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from plugin_matrix.plugins.store import MARKS, EntryLockedError, Store, entry_lock, remove

_SIZES = "sizes.json"
_HIDDEN = "."


class Entry(msgspec.Struct, frozen=True):
    """One entry of a store."""

    kind: str
    key: str
    path: Path
    size: int
    """Bytes on disk; a file hard-linked twice within the entry counts once."""
    last_use: float
    """Seconds since the epoch."""


class Pruned(msgspec.Struct, frozen=True):
    """What came of pruning."""

    removed: tuple[Entry, ...]
    kept: tuple[Entry, ...]
    bound: int

    @property
    def over(self) -> int:
        """Bytes above the bound, which runs under way hold."""
        return max(0, total(self.kept) - self.bound)


def entries(store: Store) -> tuple[Entry, ...]:
    """Return the entries of `store`, those used least recently first.

    An entry is what a store made, which its lock file tells: a store may have been laid into a directory that
    holds other things, and those are nobody's to count or to remove. Raises as `Store.guarded` does.
    """
    found: list[Entry] = []
    with store.guarded():
        known = _known_sizes(store)
        for kind, key, path in _paths(store):
            with contextlib.suppress(FileNotFoundError):
                size = known.get(f"{kind}/{key}") if path.is_dir() else None
                found.append(
                    Entry(kind, key, path, _size(path) if size is None else size, path.stat().st_mtime)
                )
    return tuple(sorted(found, key=lambda entry: entry.last_use))


def total(found: tuple[Entry, ...]) -> int:
    """Return the bytes of entries together."""
    return sum(entry.size for entry in found)


def prune(store: Store, bound: int) -> Pruned:
    """Remove the entries used least recently until the rest fits into `bound` bytes.

    What a harness under way has used, or is making, stays, even when the rest does not fit then.
    Raises as `Store.guarded` does, with what was removed so far removed.
    """
    if not store.root.is_dir():
        return Pruned((), (), bound)
    removed: list[Entry] = []
    # One at a time: two that each go by their own sum would remove twice as much as is needed.
    with store.guarded(), store.lock("prune"):
        horizon = _horizon(store)
        _remove_leftovers(store)
        found = entries(store)
        size = total(found)
        for entry in found:
            if size <= bound or entry.last_use >= horizon:
                break
            if _take_out(store, entry, horizon):
                removed.append(entry)
                size -= entry.size
        kept = tuple(entry for entry in found if entry not in removed)
        _remember_sizes(store, kept)
    return Pruned(tuple(removed), kept, bound)


def take_out(store: Store, doomed: Iterable[Entry]) -> Pruned:
    """Remove certain entries; those that a run under way uses stay, and are those that are kept.

    Raises as `Store.guarded` does, with what was removed so far removed.
    """
    removed: list[Entry] = []
    kept: list[Entry] = []
    with store.guarded(), store.lock("prune"):
        horizon = _horizon(store)
        for entry in doomed:
            gone = entry.last_use < horizon and _take_out(store, entry, horizon)
            (removed if gone else kept).append(entry)
    return Pruned(tuple(removed), tuple(kept), 0)


def _take_out(store: Store, entry: Entry, horizon: float) -> bool:
    """Remove `entry` unless it is used now; says whether it is gone, whoever did it."""
    try:
        with store.lock(entry_lock(entry.kind, entry.key), seconds=0):
            # Named like what `Store.entry` makes, so that whatever is left of it is cleared away.
            doomed = Path(tempfile.mkdtemp(prefix=f"{_HIDDEN}{entry.key}.", dir=entry.path.parent))
            try:
                with store.gate(fcntl.LOCK_EX):
                    if entry.path.stat().st_mtime >= horizon:
                        return False
                    entry.path.rename(doomed / "pruned")
            except FileNotFoundError:
                return True
            finally:
                remove(doomed)
    except EntryLockedError:
        return False
    return True


def _horizon(store: Store) -> float:
    """Return since when uses count: the beginning of the oldest run under way, now when there is none.

    Times are those of files in the store, because an entry's time is that clock's too.
    """
    marks = store.root / MARKS
    marks.mkdir(exist_ok=True)
    with tempfile.TemporaryFile(dir=marks) as now:
        times = [os.fstat(now.fileno()).st_mtime]
    with store.gate(fcntl.LOCK_EX):
        for mark in marks.iterdir():
            with contextlib.suppress(FileNotFoundError), mark.open("rb") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    times.append(os.fstat(file.fileno()).st_mtime)
                else:
                    mark.unlink()
    return min(times)


def _remove_leftovers(store: Store) -> None:
    """Remove what harnesses that were killed had half made or half removed."""
    for kind, name, path in _paths(store, hidden=True):
        with contextlib.suppress(EntryLockedError), store.lock(entry_lock(kind, name), seconds=0):
            remove(path)


def _paths(store: Store, *, hidden: bool = False) -> Iterator[tuple[str, str, Path]]:
    """Give kind, key and path of entries, or of the hidden directories in which one is made or removed."""
    for kind in _children(store.root):
        for path in _children(kind):
            key = path.name
            if key.startswith(_HIDDEN) != hidden:
                continue
            if hidden:
                key = key.removeprefix(_HIDDEN).rpartition(".")[0]
            if store.lock_file(entry_lock(kind.name, key)).is_file():
                yield kind.name, key, path


def _children(directory: Path) -> list[Path]:
    return sorted(directory.iterdir()) if directory.is_dir() and not directory.is_symlink() else []


def _size(path: Path) -> int:
    files = (
        [path] if not path.is_dir() else (Path(at) / name for at, _, names in os.walk(path) for name in names)
    )
    sizes: dict[int, int] = {}
    for file in files:
        status = file.lstat()
        if stat.S_ISREG(status.st_mode):
            sizes[status.st_ino] = status.st_blocks * 512
    return sum(sizes.values())


def _known_sizes(store: Store) -> dict[str, int]:
    """Return sizes measured before: directories never change, and an environment has ten thousand files."""
    try:
        return msgspec.json.decode((store.root / _SIZES).read_bytes(), type=dict[str, int])
    except (FileNotFoundError, msgspec.MsgspecError):
        return {}


def _remember_sizes(store: Store, kept: tuple[Entry, ...]) -> None:
    sizes = {f"{entry.kind}/{entry.key}": entry.size for entry in kept}
    with tempfile.NamedTemporaryFile(dir=store.root, prefix=f"{_HIDDEN}{_SIZES}.", delete=False) as file:
        file.write(msgspec.json.encode(sizes))
    Path(file.name).rename(store.root / _SIZES)
