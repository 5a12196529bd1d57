"""Bounding a store: what there is, and removing what was used least recently.

Other harnesses may run meanwhile. What any of them has used since it began stays; what nobody has
is taken out by one rename, so that no one ever sees half an entry.
"""

import contextlib
import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator
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
                size = known.get(f"{kind}/{key}")
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
    gone: set[Path] = set()
    with store.guarded():
        horizon = _horizon(store)
        _remove_leftovers(store)
        found = entries(store)
        size = total(found)
        for entry in found:
            if size <= bound or entry.last_use >= horizon:
                break
            if not entry.path.exists() or _take_out(store, entry, horizon):
                gone.add(entry.path)
                size -= entry.size
                if not entry.path.exists():
                    removed.append(entry)
        kept = tuple(entry for entry in found if entry.path not in gone)
        _remember_sizes(store, kept)
    return Pruned(tuple(removed), kept, bound)
