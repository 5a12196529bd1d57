"""Writing the surface index: beside its place, then one rename, so that it is whole or absent."""

import contextlib
import datetime as dt
import os
import sqlite3
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from plugin_matrix.surface.blocks import (
    CallsContent,
    HomesContent,
    ModuleContent,
    compress,
    encode,
    pack_mask,
    train,
)
from plugin_matrix.surface.store import CHUNK, INDEX_FORMAT, ModuleRow, Release

_SCHEMA = """
CREATE TABLE facts (key TEXT PRIMARY KEY, value NOT NULL);
CREATE TABLE releases (
    position INTEGER PRIMARY KEY, version TEXT NOT NULL, kind TEXT NOT NULL, digest TEXT NOT NULL
);
CREATE TABLE modules (
    number INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, mask BLOB NOT NULL, package BLOB NOT NULL,
    unreadable BLOB NOT NULL, place INTEGER NOT NULL, size INTEGER NOT NULL, checksum INTEGER NOT NULL
);
CREATE TABLE homes (
    bucket INTEGER PRIMARY KEY, place INTEGER NOT NULL, size INTEGER NOT NULL, checksum INTEGER NOT NULL
);
CREATE TABLE calls (
    bucket INTEGER PRIMARY KEY, place INTEGER NOT NULL, size INTEGER NOT NULL, checksum INTEGER NOT NULL
);
CREATE TABLE chunks (number INTEGER PRIMARY KEY, content BLOB NOT NULL);
"""


class _Stream:
    """Blocks one after another."""

    def __init__(self, dictionary: bytes) -> None:
        self.dictionary = dictionary
        self.parts: list[bytes] = []
        self.size = 0

    def add(self, block: bytes) -> tuple[int, int, int]:
        """Append a block; returns its place, size and checksum."""
        stored = compress(block, self.dictionary)
        place = self.size
        self.parts.append(stored)
        self.size += len(stored)
        return place, len(stored), zlib.crc32(stored)

    def chunks(self) -> Iterator[tuple[int, bytes]]:
        whole = b"".join(self.parts)
        for number, start in enumerate(range(0, len(whole), CHUNK)):
            yield number, whole[start : start + CHUNK]


def write_index(
    path: Path,
    *,
    releases: Sequence[Release],
    modules: Sequence[ModuleRow],
    homes: Mapping[int, HomesContent],
    calls: Mapping[int, CallsContent],
    dictionary: bytes | None = None,
) -> None:
    """Write an index to `path`, replacing what is there.

    `modules` stand in the order of the numbers that `homes` and `calls` know them by; without a `dictionary`
    one is made of them.
    """
    if dictionary is None:
        dictionary = train(msgspec.msgpack.decode(row.block, type=ModuleContent) for row in modules)
    stream = _Stream(dictionary)
    module_rows = [
        (
            number,
            row.name,
            pack_mask(row.mask),
            pack_mask(row.package),
            pack_mask(row.unreadable),
            *stream.add(row.block),
        )
        for number, row in enumerate(modules)
    ]
    home_rows = [(number, *stream.add(encode(block))) for number, block in sorted(homes.items())]
    call_rows = [(number, *stream.add(encode(block))) for number, block in sorted(calls.items())]
    now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    tables: dict[str, Iterable[tuple[object, ...]]] = {
        "facts": [("format", INDEX_FORMAT), ("built", now), ("dictionary", dictionary)],
        "releases": [
            (i, release.version, release.kind, release.digest) for i, release in enumerate(releases)
        ],
        "modules": module_rows,
        "homes": home_rows,
        "calls": call_rows,
        "chunks": stream.chunks(),
    }
    with replacing(path) as temporary, contextlib.closing(sqlite3.connect(temporary)) as connection:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.executescript(_SCHEMA)
        for table, rows in tables.items():
            for row in rows:
                values = ", ".join("?" * len(row))
                connection.execute(f"INSERT INTO {table} VALUES ({values})", row)  # noqa: S608 - constants
        connection.commit()


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path, renamed to `path` at the end and removed when the body raises."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(descriptor)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
