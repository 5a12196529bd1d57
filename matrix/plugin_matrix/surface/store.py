"""The surface index on disk: one SQLite file, read a module at a time.

A module's content is one compressed block: a table of distinct masks, a table of distinct records, and per
symbol the pairs of the two. Every block carries a checksum. A file is written beside its place and renamed,
so it is whole or absent.
"""

import contextlib
import datetime
import functools
import os
import sqlite3
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Self, TypeVar

import msgspec
import platformdirs

from plugin_matrix.errors import SurfaceIndexError
from plugin_matrix.model.version_set import Mask, ReleaseAxis
from plugin_matrix.surface.records import EngineCall, Record

INDEX_FORMAT = 1
BUCKETS = 128
"""Homes and calls are kept in so many blocks, by a hash of the name asked for."""
_MEND = "Run `plugin-matrix engines sync`, which makes a new one."
_REINSTALL = "Reinstall vllm-plugin-matrix, or upgrade it."

Content = TypeVar("Content")


class Release(msgspec.Struct, frozen=True):
    """A release in the index."""

    version: str
    kind: str
    """What its sources were read from: `sdist`, `wheel`, `tree`."""
    digest: str
    """Of the paths and contents of its Python files."""


class ModuleSurface(msgspec.Struct, frozen=True):
    """One module over all releases."""

    name: str
    mask: Mask
    """Releases that have the module, as a file or as a package."""
    package: Mask
    """Releases where it is a package, namespace packages included."""
    unreadable: Mask
    """Releases whose file does not parse."""
    symbols: dict[str, tuple[tuple[Mask, Record], ...]]
    """`name` and `Class.member` to its variants; several on one release are alternatives, and the name is
    surely bound there when one of them is not `Mark.CONDITIONAL`."""


class EngineCallAt(msgspec.Struct, frozen=True):
    """An engine call site and the releases that have it."""

    module: str
    mask: Mask
    call: EngineCall
    """Its line is that on the newest release of `mask`."""


class ModuleContent(msgspec.Struct, array_like=True):
    """A module's block; `symbols` holds positions in `masks` and `records` in turn."""

    masks: list[bytes]
    records: list[msgspec.Raw]
    symbols: dict[str, list[int]]


class _DecodedContent(msgspec.Struct, array_like=True):
    masks: list[bytes]
    records: list[Record]
    symbols: dict[str, list[int]]


class CallsContent(msgspec.Struct, array_like=True):
    """A block of engine calls: per method module, mask and call in turn."""

    masks: list[bytes]
    modules: list[str]
    calls: dict[str, list[tuple[int, int, EngineCall]]]


class HomesContent(msgspec.Struct, array_like=True):
    """A block of names: per name position of the module and the mask in turn."""

    masks: list[bytes]
    modules: list[str]
    names: dict[str, list[int]]


class ModuleRow(msgspec.Struct):
    """A module as it is stored."""

    name: str
    mask: Mask
    package: Mask
    unreadable: Mask
    content: bytes
    """Compressed `ModuleContent`."""


def pack_mask(mask: Mask) -> bytes:
    """Return a mask as bytes, lowest bits first."""
    return mask.to_bytes((mask.bit_length() + 7) // 8, "little")


def unpack_mask(packed: bytes) -> Mask:
    """Return the mask that `pack_mask` packed."""
    return int.from_bytes(packed, "little")


_ENCODER = msgspec.msgpack.Encoder()


def pack(content: Any) -> bytes:
    """Return a block: msgpack, compressed."""
    return zlib.compress(_ENCODER.encode(content), 9)


def bucket(name: str) -> int:
    """Return the number of the block that holds `name`."""
    return zlib.crc32(name.encode()) % BUCKETS


@functools.cache
def _decoder(kind: type[Content]) -> msgspec.msgpack.Decoder[Content]:
    return msgspec.msgpack.Decoder(kind)


class SurfaceIndex:
    """The index, opened for reading; of its content only what is asked for is read."""

    def __init__(self, path: Path, connection: sqlite3.Connection, *, mend: str) -> None:
        self.path = path
        self._connection = connection
        self._mend = mend
        facts: dict[str, str] = dict(self._query("SELECT key, value FROM facts"))
        if facts.get("format") != str(INDEX_FORMAT):
            raise SurfaceIndexError(
                f"The surface index {path.name} has format {facts.get('format', 'unknown')}; "
                f"this version reads format {INDEX_FORMAT}.",
                next_step=mend,
            )
        self.built = facts["built"]
        self.releases = tuple(
            Release(*row)
            for row in self._query("SELECT version, kind, digest FROM releases ORDER BY position")
        )
        self.axis = ReleaseAxis(tuple(release.version for release in self.releases))
        self._loaded: dict[str, ModuleSurface | None] = {}
        self._masks: dict[str, Mask] | None = None

    @classmethod
    def open(cls, path: Path | None = None) -> Self:
        """Open an index: at `path`, else the newer of the user's copy and the shipped one.

        Raises `SurfaceIndexError` when it is not there, corrupt, or of another format.
        """
        if path is not None:
            return cls._open(path, _MEND)
        shipped = shipped_path()
        own = own_path()
        if own.exists():
            copy = cls._open(own, _MEND)
            if not shipped.exists():
                return copy
            there = cls._open(shipped, _REINSTALL)
            # A shipped index of a newer distribution knows what an old copy cannot.
            if copy.built >= there.built:
                there.close()
                return copy
            copy.close()
            return there
        return cls._open(shipped, _REINSTALL)

    @classmethod
    def _open(cls, path: Path, mend: str) -> Self:
        if not path.exists():
            raise SurfaceIndexError(f"There is no surface index at {path}.", next_step=mend)
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        try:
            return cls(path, connection, mend=mend)
        except BaseException:
            connection.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def module(self, name: str) -> ModuleSurface | None:
        """Return a module over all releases; None when no release has it."""
        if name not in self._loaded:
            self._loaded[name] = self._module(name)
        return self._loaded[name]

    def _module(self, name: str) -> ModuleSurface | None:
        row = self.row(name)
        if row is None:
            return None
        content = self._unpack(row.content, _DecodedContent, name)
        masks = [unpack_mask(mask) for mask in content.masks]
        records = content.records
        symbols = {
            symbol: tuple([(masks[pairs[i]], records[pairs[i + 1]]) for i in range(0, len(pairs), 2)])
            for symbol, pairs in content.symbols.items()
        }
        return ModuleSurface(row.name, row.mask, row.package, row.unreadable, symbols)

    def modules(self, prefix: str = "vllm") -> dict[str, Mask]:
        """Return the modules at and below `prefix` with their masks."""
        if self._masks is None:
            rows = self._query("SELECT name, mask FROM modules ORDER BY name")
            self._masks = {name: unpack_mask(mask) for name, mask in rows}
        if prefix == "vllm":
            return self._masks
        below = f"{prefix}."
        return {name: mask for name, mask in self._masks.items() if name == prefix or name.startswith(below)}

    def homes(self, name: str) -> tuple[tuple[str, Mask], ...]:
        """Return the modules that define a public top-level `name`, with their masks."""
        content = self._bucket("homes", bucket(name), HomesContent)
        pairs = content.names.get(name, [])
        return tuple(
            (content.modules[pairs[i]], unpack_mask(content.masks[pairs[i + 1]]))
            for i in range(0, len(pairs), 2)
        )

    def calls(self, method: str) -> tuple[EngineCallAt, ...]:
        """Return every engine call of a method of that name."""
        content = self._bucket("calls", bucket(method), CallsContent)
        return tuple(
            EngineCallAt(content.modules[module], unpack_mask(content.masks[mask]), call)
            for module, mask, call in content.calls.get(method, ())
        )

    # ------------------------------------------------------------ as it is stored, for whoever builds on it

    def row(self, name: str) -> ModuleRow | None:
        """Return a module as it is stored."""
        for row in self._query(
            "SELECT name, mask, package, unreadable, content, checksum FROM modules WHERE name = ?", name
        ):
            return self._row(row)
        return None

    def rows(self) -> Iterator[ModuleRow]:
        """Yield every module as it is stored."""
        for row in self._query(
            "SELECT name, mask, package, unreadable, content, checksum FROM modules ORDER BY name"
        ):
            yield self._row(row)

    def _row(self, row: tuple[Any, ...]) -> ModuleRow:
        name, mask, package, unreadable, content, checksum = row
        self._check(content, checksum, name)
        return ModuleRow(name, unpack_mask(mask), unpack_mask(package), unpack_mask(unreadable), content)

    def buckets(self, table: str, kind: type[Content]) -> Iterator[Content]:
        """Yield every block of `homes` or `calls`."""
        for number in range(BUCKETS):
            yield self._bucket(table, number, kind)

    @functools.lru_cache(maxsize=2 * BUCKETS)  # noqa: B019 - an index lives as long as its process
    def _bucket(self, table: str, number: int, kind: type[Content]) -> Content:
        for content, checksum in self._query(
            f"SELECT content, checksum FROM {table} WHERE bucket = ?", number
        ):  # noqa: S608 - ours
            self._check(content, checksum, f"{table} {number}")
            return self._unpack(content, kind, f"{table} {number}")
        raise self._corrupt(f"{table} {number} is not there")

    def _check(self, content: bytes, checksum: int, what: str) -> None:
        if zlib.crc32(content) != checksum:
            raise self._corrupt(f"the checksum of {what} is wrong")

    def _unpack(self, content: bytes, kind: type[Content], what: str) -> Content:
        try:
            return _decoder(kind).decode(zlib.decompress(content))
        except (zlib.error, msgspec.DecodeError) as error:
            raise self._corrupt(f"{what} cannot be read: {error}") from error

    def _query(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise self._corrupt(str(error)) from error

    def _corrupt(self, why: str) -> SurfaceIndexError:
        return SurfaceIndexError(f"The surface index {self.path} is corrupt ({why}).", next_step=self._mend)


def shipped_path() -> Path:
    """Where the index of this distribution is."""
    with as_file(files("plugin_matrix") / "data" / "surface.sqlite") as path:
        return path


def own_path(store: Path | None = None) -> Path:
    """Where the user's copy is: in the store.

    It has no lock of an entry and so is none: pruning a store leaves it.
    """
    root = store or Path(
        os.environ.get("PLUGIN_MATRIX_STORE") or platformdirs.user_cache_dir("plugin-matrix")
    )
    return root / "surface" / "surface.sqlite"


# ---------------------------------------------------------------- writing

_SCHEMA = """
CREATE TABLE facts (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE releases (position INTEGER PRIMARY KEY, version TEXT NOT NULL, kind TEXT NOT NULL, digest TEXT NOT NULL);
CREATE TABLE modules (name TEXT PRIMARY KEY, mask BLOB NOT NULL, package BLOB NOT NULL, unreadable BLOB NOT NULL,
    content BLOB NOT NULL, checksum INTEGER NOT NULL);
CREATE TABLE homes (bucket INTEGER PRIMARY KEY, content BLOB NOT NULL, checksum INTEGER NOT NULL);
CREATE TABLE calls (bucket INTEGER PRIMARY KEY, content BLOB NOT NULL, checksum INTEGER NOT NULL);
"""


def write_index(
    path: Path,
    *,
    releases: Iterable[Release],
    modules: Iterable[ModuleRow],
    homes: Mapping[int, HomesContent],
    calls: Mapping[int, CallsContent],
    built: str | None = None,
) -> None:
    """Write an index to `path`, replacing what is there by one rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _beside(path) as temporary, contextlib.closing(sqlite3.connect(temporary)) as connection:
        connection.execute("PRAGMA page_size = 1024")
        connection.execute("PRAGMA journal_mode = OFF")
        connection.executescript(_SCHEMA)
        connection.executemany(
            "INSERT INTO facts VALUES (?, ?)",
            [
                ("format", str(INDEX_FORMAT)),
                ("built", built or datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")),
            ],
        )
        connection.executemany(
            "INSERT INTO releases VALUES (?, ?, ?, ?)",
            [(i, release.version, release.kind, release.digest) for i, release in enumerate(releases)],
        )
        connection.executemany(
            "INSERT INTO modules VALUES (?, ?, ?, ?, ?, ?)",
            (
                (
                    row.name,
                    pack_mask(row.mask),
                    pack_mask(row.package),
                    pack_mask(row.unreadable),
                    row.content,
                    zlib.crc32(row.content),
                )
                for row in sorted(modules, key=lambda row: row.name)
            ),
        )
        for table, blocks in (("homes", homes), ("calls", calls)):
            packed = [(number, pack(block)) for number, block in sorted(blocks.items())]
            connection.executemany(
                f"INSERT INTO {table} VALUES (?, ?, ?)",  # noqa: S608 - ours
                [(number, content, zlib.crc32(content)) for number, content in packed],
            )
        connection.commit()
        connection.execute("VACUUM")


@contextlib.contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """Give a temporary path; renamed to `path` at the end, removed when the body raises."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(descriptor)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.chmod(0o644)
        temporary.rename(path)
    finally:
        temporary.unlink(missing_ok=True)
