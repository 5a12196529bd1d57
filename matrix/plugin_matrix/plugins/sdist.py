"""Unpacking source distributions from strangers: bounded, and never outside the directory given."""

import bz2
import gzip
import lzma
import tarfile
import zipfile
import zlib
from pathlib import Path
from typing import Protocol

from plugin_matrix.plugins.archive import LIMITS, ArchiveError, ArchiveLimits, check_names, check_zip, refuse

SUFFIXES = (".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".zip")


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _Bounded:
    """A stream that ends with an error once too much was read from it."""

    def __init__(self, stream: _Readable, artefact: str, compressed: int, limits: ArchiveLimits) -> None:
        self._stream = stream
        self._artefact = artefact
        self._most = max(limits.ratio_from, min(limits.total, limits.ratio * compressed))
        self._read = 0

    def read(self, size: int) -> bytes:
        content = self._stream.read(size)
        self._read += len(content)
        if self._read > self._most:
            raise refuse(self._artefact, f"unpacks to more than {self._most // 1024**2} MiB")
        return content


def unpack_sdist(path: Path, target: Path, limits: ArchiveLimits = LIMITS) -> Path:
    """Unpack the sdist `path` below the new directory `target`; returns the project's directory.

    Raises `ArchiveError` for what is broken, too large, or would land or point outside.
    """
    target.mkdir()
    try:
        if path.name.endswith(".zip"):
            check_zip(path, limits)
            with zipfile.ZipFile(path) as archive:
                archive.extractall(target)  # noqa: S202 - every member was checked
        else:
            _untar(path, target, limits)
    except (tarfile.FilterError, tarfile.LinkOutsideDestinationError) as error:
        raise refuse(path.name, f"has a member that is refused ({_first_line(error)})") from error
    except (tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError) as error:
        raise refuse(path.name, f"is a broken archive ({_first_line(error)})") from error
    tops = [top for top in target.iterdir() if top.is_dir()]
    if len(tops) != 1:
        raise refuse(path.name, "is not a source distribution: it does not hold exactly one directory")
    return tops[0]


def _untar(path: Path, target: Path, limits: ArchiveLimits) -> None:
    with _decompressed(path) as stream:
        bounded = _Bounded(stream, path.name, path.stat().st_size, limits)
        names: list[tuple[str, bool]] = []
        with tarfile.open(fileobj=bounded, mode="r|") as archive:  # type: ignore[call-overload]
            for member in archive:
                names.append((member.name, member.isdir()))
                if len(names) > limits.members:
                    raise refuse(path.name, f"has more than {limits.members} members")
                check_names(path.name, names[-1:], limits)
                if member.islnk() or member.issym():
                    raise refuse(path.name, f"has a link: {ascii(member.name)[:120]}")
                if not (member.isreg() or member.isdir()):
                    raise refuse(path.name, f"has a device, pipe or socket: {ascii(member.name)[:120]}")
                archive.extract(member, target, set_attrs=False, filter="data")
        check_names(path.name, names, limits)


def _decompressed(path: Path) -> gzip.GzipFile | bz2.BZ2File | lzma.LZMAFile:
    match path.suffix:
        case ".bz2":
            return bz2.open(path)
        case ".xz":
            return lzma.open(path)
        case _:
            return gzip.open(path)


def _first_line(error: BaseException) -> str:
    if isinstance(error, ArchiveError):
        raise error
    return (str(error) or type(error).__name__).splitlines()[0][:200]
