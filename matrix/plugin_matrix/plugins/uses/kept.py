"""Keeping what was read of source files, so that a plugin's next check reads only what changed.

One file of the store for each set of roots and entry points, which is one for each plugin, holds what the
last reading found. What cannot be read or written is nobody's trouble: the source is read again.
"""

import functools
import hashlib
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from platform import python_version

import msgspec

import plugin_matrix.model
from plugin_matrix.errors import PluginMatrixError
from plugin_matrix.plugins.store import Store
from plugin_matrix.plugins.uses.file_record import FileRecord

KIND = "read"


class Job(msgspec.Struct, frozen=True, dict=True):
    """A file to read."""

    module: str
    file: str
    source: bytes

    @functools.cached_property
    def digest(self) -> bytes:
        """Of all that reading it depends on, the reader and the plugin's own names aside."""
        content = hashlib.sha256(f"{self.module}\0{self.file}\0".encode(errors="surrogatepass"))
        content.update(self.source)
        return content.digest()


class KeptRecords:
    """The records of the last reading of one plugin, in `store`."""

    def __init__(self, store: Store, roots: frozenset[str], naming_entries: Mapping[str, str]) -> None:
        self._store = store
        parts = (*_reader(), *sorted(roots), "", *(f"{k}={v}" for k, v in sorted(naming_entries.items())))
        self._key = hashlib.sha256("\0".join(parts).encode()).hexdigest()
        self._encoded: dict[bytes, msgspec.Raw] = {}

    def find(self, jobs: Iterable[Job]) -> dict[Job, FileRecord]:
        """Return the records of those of `jobs` that were read before."""
        path = self._store.find(KIND, self._key)
        if path is None:
            return {}
        found: dict[Job, FileRecord] = {}
        with suppress(OSError, msgspec.MsgspecError):
            kept = _KEPT.decode(path.read_bytes())
            for job in jobs:
                if (record := kept.get(job.digest)) is not None:
                    found[job] = decoded(record)
                    self._encoded[job.digest] = record
        return found

    def keep(self, records: Mapping[Job, msgspec.Raw]) -> None:
        """Have new `records` there for the next reading, and those that were found; no others."""
        self._encoded |= {job.digest: record for job, record in records.items()}
        with suppress(PluginMatrixError):
            self._store.replace(KIND, self._key, _ENCODER.encode(self._encoded))


def encoded(record: FileRecord) -> msgspec.Raw:
    """Return a record as it is kept, and as processes hand it to each other."""
    return msgspec.Raw(_ENCODER.encode(record))


def decoded(record: msgspec.Raw) -> FileRecord:
    """Return what was encoded; raises `msgspec.MsgspecError`."""
    return _RECORD.decode(record)


def _reader() -> tuple[str, ...]:
    """Return what tells this reader from others: its version, and that of a working copy by its files."""
    packages = (Path(__file__).parent, Path(plugin_matrix.model.__file__).parent)
    files = sorted(
        (one.name, one.stat().st_size, one.stat().st_mtime_ns)
        for package in packages
        for one in os.scandir(package)
        if one.name.endswith(".py")
    )
    return (version("vllm-plugin-matrix"), python_version(), *map(str, files))


_ENCODER = msgspec.msgpack.Encoder()
_KEPT = msgspec.msgpack.Decoder(dict[bytes, msgspec.Raw])
_RECORD = msgspec.msgpack.Decoder(FileRecord)
