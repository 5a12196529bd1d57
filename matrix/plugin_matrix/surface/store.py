"""The surface index on disk: one SQLite file, read a module at a time.

A module's content is one block: a table of distinct masks, a table of distinct records, and per symbol the
pairs of the two. Blocks carry a checksum and lie one after another in chunks, so that little of the file is
padding.
"""

import functools
import os
import sqlite3
import zlib
from collections.abc import Iterator
from importlib.resources import as_file, files
from itertools import chain
from pathlib import Path
from typing import Any, Self, TypeVar

import msgspec

from plugin_matrix.errors import SurfaceIndexError
from plugin_matrix.model.version_set import Mask, ReleaseAxis
from plugin_matrix.plugins.store import default_store
from plugin_matrix.surface.blocks import (
    CallsContent,
    HomesContent,
    ModuleContent,
    bucket,
    decompress,
    unpack_mask,
)
from plugin_matrix.surface.records import (
    AttributeRecord,
    ClassRecord,
    EngineCall,
    FunctionRecord,
    Mark,
    Record,
)
from plugin_matrix.surface.symbols import Symbols

INDEX_FORMAT = 2
CHUNK = 60_000
"""Bytes of blocks in one row of the table `chunks`."""
_MEND = "Run `plugin-matrix engines sync`, which makes it anew."
_REINSTALL = "Reinstall vllm-plugin-matrix."
_UPGRADE = "Upgrade vllm-plugin-matrix, or run `plugin-matrix engines sync`, which makes it anew."

_Content = TypeVar("_Content")


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
    symbols: Symbols
    """`name` and `Class.member` to its variants; several on one release are alternatives, and the name is
    surely bound there when one of them is not `Mark.CONDITIONAL`."""


class EngineCallAt(msgspec.Struct, frozen=True):
    """An engine call site and the releases that have it."""

    module: str
    mask: Mask
    call: EngineCall
    """Its line is that on the newest release of `mask`."""


class ModuleRow(msgspec.Struct, frozen=True):
    """A module with its block before compression (`blocks.ModuleContent`)."""

    name: str
    mask: Mask
    package: Mask
    unreadable: Mask
    block: bytes


class SurfaceIndex:
    """The index, opened for reading; of its content only what is asked for is read."""

    def __init__(self, path: Path, connection: sqlite3.Connection, *, mend: str) -> None:
        self.path = path
        self._connection = connection
        self._process = os.getpid()
        self._mend = mend
        self._check_format()
        self.built: str = self._fact("built")
        self.dictionary: bytes = self._fact("dictionary")
        self.releases = tuple(
            Release(*row)
            for row in self._query("SELECT version, kind, digest FROM releases ORDER BY position")
        )
        self.axis = ReleaseAxis(tuple(release.version for release in self.releases))
        self._modules: dict[str, ModuleSurface | None] = {}
        self._blocks: dict[tuple[str, int], Any] = {}
        self._chunk = functools.cache(self._read_chunk)
        self._homes = functools.cache(self._find_homes)

    @classmethod
    def open(cls, path: Path | None = None, *, mend: str = _MEND) -> Self:
        """Open an index: at `path`, else the newer of the user's copy and the shipped one.

        Raises `SurfaceIndexError` when it is not there, corrupt, or of another format.
        """
        if path is None:
            return cls.choose(own_path())
        if not path.is_file():
            raise SurfaceIndexError(f"There is no surface index at {path}.", next_step=mend)
        connection = _connect(path)
        try:
            return cls(path, connection, mend=mend)
        except BaseException:
            connection.close()
            raise

    @classmethod
    def shipped(cls) -> Self:
        """Open the index of this distribution."""
        return cls.open(shipped_path(), mend=_REINSTALL)

    @classmethod
    def choose(cls, own: Path) -> Self:
        """Open the user's copy, or the shipped index where that is newer and knows what the copy lacks."""
        if not own.exists():
            return cls.shipped()
        copy = cls.open(own)
        try:
            shipped = cls.shipped()
        except SurfaceIndexError:
            return copy
        lacks = set(shipped.axis.releases) - set(copy.axis.releases)
        chosen, other = (shipped, copy) if lacks and shipped.built > copy.built else (copy, shipped)
        other.close()
        return chosen

    def verify(self) -> None:
        """Read everything once. Raises `SurfaceIndexError` where something is corrupt."""
        for _ in chain(self.rows(), self.all_homes(), self.all_calls()):
            pass

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __del__(self) -> None:
        # CPython 3.13 complains of a connection that nobody closed.
        self._connection.close()

    def module(self, name: str) -> ModuleSurface | None:
        """Return a module over all releases; None when no release has it."""
        if name not in self._modules:
            row = self.row(name)
            self._modules[name] = None if row is None else self._surface(row)
        return self._modules[name]

    def _surface(self, row: ModuleRow) -> ModuleSurface:
        content = self._decode(row.block, ModuleContent, row.name)
        symbols = Symbols(content, lambda why: self._corrupt(f"{row.name}: {why}"))
        return ModuleSurface(row.name, row.mask, row.package, row.unreadable, symbols)

    @functools.cached_property
    def _rows(self) -> dict[str, tuple[Any, ...]]:
        return {row[0]: row for row in self._query(f"{_ROW} ORDER BY number")}

    @functools.cached_property
    def _masks(self) -> dict[str, Mask]:
        return {name: unpack_mask(row[1]) for name, row in self._rows.items()}

    @functools.cached_property
    def _names(self) -> list[str]:
        return list(self._masks)

    def modules(self, prefix: str = "vllm") -> dict[str, Mask]:
        """Return the modules at and below `prefix` with their masks."""
        if prefix == "vllm":
            return self._masks
        below = f"{prefix}."
        return {name: mask for name, mask in self._masks.items() if name == prefix or name.startswith(below)}

    def homes(self, name: str) -> tuple[tuple[str, Mask], ...]:
        """Return the modules that define a public top-level `name`, with their masks.

        Of `(Base)`: the modules that derive a class from something of that last name.
        """
        return self._homes(name)

    def _find_homes(self, name: str) -> tuple[tuple[str, Mask], ...]:
        block = self._bucket("homes", bucket(name), HomesContent)
        homes = []
        for number in block.names.get(name, ()):
            if name.startswith("("):
                homes.append((self._names[number], self._masks[self._names[number]]))
                continue
            module = self.module(self._names[number])
            if module is not None:
                variants = module.symbols.get(name, ())
                defining = [mask for mask, record in variants if is_definition(record)]
                homes.append((module.name, functools.reduce(int.__or__, defining, 0)))
        return tuple(homes)

    def calls(self, method: str) -> tuple[EngineCallAt, ...]:
        """Return every engine call of a method of that name."""
        block = self._bucket("calls", bucket(method), CallsContent)
        return tuple(
            EngineCallAt(self._names[module], unpack_mask(block.masks[mask]), call)
            for module, mask, call in block.calls.get(method, ())
        )

    # ------------------------------------------------------------ as it is stored, for whoever builds on it

    def row(self, name: str) -> ModuleRow | None:
        """Return a module as it is stored."""
        row = self._rows.get(name)
        return None if row is None else self._row(row)

    def rows(self) -> Iterator[ModuleRow]:
        """Yield every module as it is stored."""
        for row in self._rows.values():
            yield self._row(row)

    def all_homes(self) -> Iterator[tuple[str, str]]:
        """Yield every public name with each module that defines it."""
        for (number,) in self._query("SELECT bucket FROM homes"):
            for name, modules in self._bucket("homes", number, HomesContent).names.items():
                for module in modules:
                    yield name, self._names[module]

    def all_calls(self) -> Iterator[EngineCallAt]:
        """Yield every engine call."""
        for (number,) in self._query("SELECT bucket FROM calls"):
            for method in self._bucket("calls", number, CallsContent).calls:
                yield from self.calls(method)

    def _row(self, row: tuple[Any, ...]) -> ModuleRow:
        name, mask, package, unreadable, place, size, checksum = row
        block = self._block(place, size, checksum, name)
        return ModuleRow(name, unpack_mask(mask), unpack_mask(package), unpack_mask(unreadable), block)

    def _bucket(self, table: str, number: int, kind: type[_Content]) -> _Content:
        key = (table, number)
        if key not in self._blocks:
            rows = self._query(f"SELECT place, size, checksum FROM {table} WHERE bucket = ?", number)  # noqa: S608 - a constant
            if not rows:
                raise self._corrupt(f"{table} {number} is not there")
            what = f"{table} {number}"
            place, size, checksum = rows[0]
            self._blocks[key] = self._decode(self._block(place, size, checksum, what), kind, what)
        found: _Content = self._blocks[key]
        return found

    def _block(self, place: int, size: int, checksum: int, what: str) -> bytes:
        first = place // CHUNK
        stored = b"".join(self._chunk(number) for number in range(first, (place + size - 1) // CHUNK + 1))
        stored = stored[place - first * CHUNK :][:size]
        if zlib.crc32(stored) != checksum:
            raise self._corrupt(f"the checksum of {what} is wrong")
        try:
            return decompress(stored, self.dictionary)
        except zlib.error as error:
            raise self._corrupt(f"{what}: {error}") from error

    def _read_chunk(self, number: int) -> bytes:
        for (chunk,) in self._query("SELECT content FROM chunks WHERE number = ?", number):
            if isinstance(chunk, bytes):
                return chunk
        raise self._corrupt(f"chunk {number} is not there")

    def _decode(self, block: bytes, kind: type[_Content], what: str) -> _Content:
        try:
            return msgspec.msgpack.decode(block, type=kind)
        except msgspec.DecodeError as error:
            raise self._corrupt(f"{what}: {error}") from error

    def _check_format(self) -> None:
        found = self._fact("format")
        if found != INDEX_FORMAT:
            newer = isinstance(found, int) and found > INDEX_FORMAT
            raise SurfaceIndexError(
                f"The surface index {self.path} has format {found}; this version reads {INDEX_FORMAT}.",
                next_step=_UPGRADE if newer and self._mend == _MEND else self._mend,
            )

    def _fact(self, key: str) -> Any:
        for (value,) in self._query("SELECT value FROM facts WHERE key = ?", key):
            return value
        raise self._corrupt(f"it does not say its {key}")

    def _query(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        try:
            if self._process != os.getpid():
                # A forked process would move the place at which the one it was forked from reads.
                self._connection, self._process = _connect(self.path), os.getpid()
            return self._connection.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise self._corrupt(str(error)) from error

    def _corrupt(self, why: str) -> SurfaceIndexError:
        return SurfaceIndexError(f"The surface index {self.path} is corrupt ({why}).", next_step=self._mend)


_ROW = "SELECT name, mask, package, unreadable, place, size, checksum FROM modules"


def _connect(path: Path) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    return sqlite3.connect(uri, uri=True, check_same_thread=False)


def is_definition(record: Record) -> bool:
    """Tell a class, function or assignment that exists at run time from imports and types."""
    return (
        isinstance(record, ClassRecord | FunctionRecord | AttributeRecord)
        and not record.marks & Mark.TYPE_ONLY
    )


def shipped_path() -> Path:
    """Where the index of this distribution is."""
    with as_file(files("plugin_matrix") / "data" / "surface.sqlite") as path:
        return path


def own_path(store: Path | None = None) -> Path:
    """Where the user's copy is: in the store.

    It has no lock of an entry and so is none: pruning a store leaves it.
    """
    return (store or default_store()) / "surface" / "surface.sqlite"
