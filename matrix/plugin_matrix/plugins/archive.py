"""Zip archives from strangers: checked wholly before a single member is written.

A wheel is never trusted: not its names, not the sizes in its headers. Everything is decompressed
once against limits, and only then do other modules read it.
"""

import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from plugin_matrix.errors import PluginError

CHUNK = 1 << 16
_ELSEWHERE = frozenset({"", ".", ".."})


class ArchiveLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What an archive may grow to; sizes are bytes."""

    members: int = 50_000
    total: int = 2 * 1024**3
    ratio: int = 200
    """Decompressed over compressed; applies once `ratio_from` bytes have come out."""
    ratio_from: int = 64 * 1024**2
    name_length: int = 1_000


LIMITS = ArchiveLimits()


class ArchiveError(PluginError):
    """An archive is broken or dangerous."""


def refuse(artefact: str, what: str) -> ArchiveError:
    """Make the error for `artefact` (its file name): `what` continues the sentence."""
    return ArchiveError(f"{artefact} {what}.", next_step="Build the artefact again, or fetch it again.")


def check_zip(path: Path, limits: ArchiveLimits = LIMITS, *, contents: bool = True) -> None:
    """Decompress everything in the zip `path` once, writing nothing; headers alone without `contents`.

    Raises `ArchiveError` for what is broken, encrypted, too large, or would land outside its directory.
    """
    name = path.name
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            check_names(name, ((member.orig_filename, member.is_dir()) for member in members), limits)
            _check_headers(name, members, limits)
            if contents:
                _decompress(name, archive, members, path.stat().st_size, limits)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError) as error:
        raise refuse(name, f"is a broken zip archive ({error})") from error


def check_names(artefact: str, members: Iterable[tuple[str, bool]], limits: ArchiveLimits = LIMITS) -> None:
    """Raise `ArchiveError` unless all (name, is a directory) can be unpacked below one directory."""
    files: dict[str, str] = {}
    directories: dict[str, str] = {}
    seen: set[str] = set()
    for count, (name, is_directory) in enumerate(members):
        if count >= limits.members:
            raise refuse(artefact, f"has more than {limits.members} members")
        if reason := _unsafe(name, limits):
            raise refuse(artefact, f"has a member that {reason}: {_shown(name)}")
        plain = name.rstrip("/")
        folded = _fold(plain)
        if not is_directory:
            if folded in files:
                trouble = (
                    "the same member twice" if files[folded] == plain else "members that differ in case only"
                )
                raise refuse(artefact, f"has {trouble}: {_shown(plain)}")
            files[folded] = plain
        directory = plain if is_directory else plain.rpartition("/")[0]
        while directory and directory not in seen:
            seen.add(directory)
            directories.setdefault(_fold(directory), plain)
            directory = directory.rpartition("/")[0]
    for folded in files.keys() & directories.keys():
        raise refuse(artefact, f"has a member that is both a file and a directory: {_shown(files[folded])}")


def read_bounded(archive: zipfile.ZipFile, name: str, limit: int, artefact: str) -> bytes | None:
    """Content of one member, None when there is none; `ArchiveError` when it is larger than `limit` bytes."""
    try:
        with archive.open(name) as member:
            content = member.read(limit + 1)
    except KeyError:
        return None
    if len(content) > limit:
        raise refuse(artefact, f"has a {name} of more than {limit // 1024} KiB")
    return content


def read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """Content of `member`, never more than its header says."""
    with archive.open(member) as stream:
        return stream.read()


def chunks(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """Decompressed content of `member`, piece by piece."""
    with archive.open(member) as stream:
        while chunk := stream.read(CHUNK):
            yield chunk


def _check_headers(artefact: str, members: Iterable[zipfile.ZipInfo], limits: ArchiveLimits) -> None:
    declared = 0
    for member in members:
        if member.flag_bits & 0x1:
            raise refuse(artefact, f"is encrypted ({_shown(member.filename)})")
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind == stat.S_IFLNK:
            raise refuse(artefact, f"has a symbolic link: {_shown(member.filename)}")
        if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
            raise refuse(artefact, f"has a device, pipe or socket: {_shown(member.filename)}")
        declared += member.file_size
    if declared > limits.total:
        raise refuse(
            artefact, f"would unpack to {declared / 1024**2:.0f} MiB, more than {limits.total // 1024**2} MiB"
        )


def _decompress(
    artefact: str,
    archive: zipfile.ZipFile,
    members: Iterable[zipfile.ZipInfo],
    compressed: int,
    limits: ArchiveLimits,
) -> None:
    total = 0
    for member in members:
        for chunk in chunks(archive, member):
            total += len(chunk)
            if total > limits.total:
                raise refuse(artefact, f"unpacks to more than {limits.total // 1024**2} MiB")
            if total > limits.ratio_from and total > limits.ratio * compressed:
                raise refuse(
                    artefact, f"is a zip bomb: it unpacks to more than {limits.ratio} times its size"
                )


def _unsafe(name: str, limits: ArchiveLimits) -> str:
    """Say why `name` cannot be a member's name; empty when it can."""
    parts = name.rstrip("/").split("/")
    if len(name) > limits.name_length:
        return f"has a name of more than {limits.name_length} characters"
    if not name.isprintable() or not parts[0]:
        return "has an absolute path" if name.startswith("/") else "has an empty or unprintable name"
    if "\\" in name:
        return "has a backslash in its name"
    if len(parts[0]) > 1 and parts[0][1] == ":":
        return "has a drive letter"
    if not _ELSEWHERE.isdisjoint(parts):
        return "would be written outside its directory"
    return ""


def _fold(name: str) -> str:
    return name.lower() if name.isascii() else unicodedata.normalize("NFC", name).casefold()


def _shown(name: str) -> str:
    """Return `name` without control characters and not longer than a line."""
    return ascii(name)[:120]
