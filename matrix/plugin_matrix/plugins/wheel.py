"""What a wheel says of itself, read without executing any of it."""

import configparser
import hashlib
import importlib.metadata
import os
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from email.parser import BytesParser
from pathlib import Path, PurePosixPath

from packaging.metadata import InvalidMetadata, Metadata, RawMetadata, parse_email
from packaging.tags import Tag
from packaging.utils import (
    InvalidWheelFilename,
    canonicalize_name,
    parse_wheel_filename,
)
from packaging.version import Version

from plugin_matrix.errors import NotAPluginError
from plugin_matrix.model import EntryPoint, Plugin
from plugin_matrix.plugins.archive import check_zip, read_bounded, refuse

GROUP_PREFIX = "vllm."
MAX_METADATA = 8 * 1024**2
MAX_ENTRY_POINTS = 256 * 1024
MAX_ENTRY_POINT_COUNT = 500
MAX_RECORD = 16 * 1024**2
# Only these are used; a wrong classifier or licence expression keeps nobody from installing a plugin.
_FIELDS_NEEDED = frozenset({"metadata-version", "name", "version", "requires-dist", "requires-python"})


def read_wheel(path: Path, source: str, *, contents: bool = True) -> Plugin:
    """Read the plugin in the wheel `path`, after checking the whole archive.

    `source` is what the user asked for, kept for the report. A wheel that nothing is unpacked from need not
    be decompressed: without `contents` its names and headers are checked alone, and it may be one without
    any entry point in a group of vLLM's.
    Raises `NotAPluginError` when no entry point stands in a group of vLLM's, else `PluginError`.
    """
    check_zip(path, contents=contents)
    try:
        return _read_wheel(path, source, plugin_only=contents)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        raise refuse(path.name, f"is a broken zip archive ({error})") from error


def _read_wheel(path: Path, source: str, *, plugin_only: bool) -> Plugin:
    artefact = path.name
    name, version, tags = _parse_file_name(artefact)
    with zipfile.ZipFile(path) as archive:
        directory = _dist_info(artefact, archive)
        _check_wheel_file(artefact, read_bounded(archive, f"{directory}/WHEEL", MAX_METADATA, artefact))
        if read_bounded(archive, f"{directory}/RECORD", MAX_RECORD, artefact) is None:
            raise refuse(artefact, "is not a wheel: it has no RECORD")
        metadata = parse_metadata(
            artefact, read_bounded(archive, f"{directory}/METADATA", MAX_METADATA, artefact)
        )
        text = read_bounded(archive, f"{directory}/entry_points.txt", MAX_ENTRY_POINTS, artefact)
    if canonicalize_name(metadata["name"]) != name or Version(metadata["version"]) != version:
        raise refuse(
            artefact, f"holds {metadata['name']} {metadata['version']}, which is not what its name says"
        )
    entry_points = parse_entry_points(artefact, text or b"")
    ours = of_vllm(metadata["name"], metadata["version"], entry_points, required=plugin_only)
    return Plugin(
        name=metadata["name"],
        version=metadata["version"],
        entry_points=ours,
        requires_dist=tuple(metadata.get("requires_dist", ())),
        requires_python=metadata.get("requires_python"),
        wheel_tags=tuple(sorted(map(str, tags))),
        source=source,
        sha256=sha256(path),
    )


def of_vllm(
    name: str, version: str, points: Iterable[EntryPoint], *, required: bool = True
) -> tuple[EntryPoint, ...]:
    """Return the entry points in groups of vLLM's, sorted.

    Raises `NotAPluginError` when there is none and one is `required`.
    """
    every = tuple(points)
    ours = tuple(sorted(point for point in every if point.group.startswith(GROUP_PREFIX)))
    if ours or not required:
        return ours
    groups = sorted({point.group for point in every})
    raise NotAPluginError(
        f"{name} {version} is not a vLLM plugin: it declares no entry point"
        f" in a group of vLLM's ({'it has ' + ', '.join(groups) if groups else 'it has none at all'}).",
        next_step="Declare one, for example in the group vllm.general_plugins.",
    )


def check_entry_points(artefact: str, points: Sequence[EntryPoint]) -> None:
    """Raise `PluginError` for entry points that are too many, empty or unprintable."""
    if len(points) > MAX_ENTRY_POINT_COUNT:
        raise refuse(artefact, f"declares {len(points)} entry points, more than {MAX_ENTRY_POINT_COUNT}")
    for point in points:
        if not all(part and part.isprintable() for part in (point.group, point.name, point.value)):
            raise refuse(
                artefact,
                f"has an empty or unprintable entry point: {ascii(f'{point.id} = {point.value}')[:200]}",
            )


def sha256(path: Path) -> str:
    """Hash of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _parse_file_name(artefact: str) -> tuple[str, Version, frozenset[Tag]]:
    try:
        name, version, _, tags = parse_wheel_filename(artefact)
    except InvalidWheelFilename as error:
        raise refuse(artefact, f"is not named as a wheel is ({error})") from error
    return name, version, tags


def _dist_info(artefact: str, archive: zipfile.ZipFile) -> str:
    tops = {PurePosixPath(name).parts[0] for name in archive.namelist()}
    found = sorted(top for top in tops if top.endswith(".dist-info"))
    if len(found) != 1:
        how_many = f"{len(found)} .dist-info directories" if found else "no .dist-info directory"
        raise refuse(artefact, f"is not a wheel: it has {how_many}")
    return found[0]


def _check_wheel_file(artefact: str, content: bytes | None) -> None:
    if content is None:
        raise refuse(artefact, "is not a wheel: it has no WHEEL file")
    version = str(BytesParser().parsebytes(content).get("Wheel-Version", ""))
    if not version.startswith("1."):
        raise refuse(artefact, f"is a wheel of the unknown format version {ascii(version)[:40]}")


def parse_metadata(artefact: str, content: bytes | None) -> RawMetadata:
    """Return the metadata in a `METADATA` or `PKG-INFO`; raises `ArchiveError` for what cannot be used."""
    if content is None:
        raise refuse(artefact, "is not a wheel: it has no METADATA")
    raw, _ = parse_email(content)
    try:
        Metadata.from_raw(raw)
    except ExceptionGroup as errors:
        problems = [
            " ".join(str(error).split())
            for error in errors.exceptions
            if isinstance(error, InvalidMetadata) and error.field in _FIELDS_NEEDED
        ]
        if problems:
            raise refuse(
                artefact, f"has metadata that cannot be used ({'; '.join(problems)[:1000]})"
            ) from errors
    return raw


class _EntryPointsText(importlib.metadata.Distribution):
    """A distribution that is only its `entry_points.txt`, so that it is read as it is inside a cell."""

    def __init__(self, text: str) -> None:
        self._text = text

    def read_text(self, filename: str) -> str | None:
        return self._text if filename == "entry_points.txt" else None

    def locate_file(self, path: str | os.PathLike[str]) -> Path:
        raise NotImplementedError(path)


def parse_entry_points(artefact: str, content: bytes) -> list[EntryPoint]:
    """Return the entry points in the text of an `entry_points.txt`; raises `ArchiveError` for garbage."""
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise refuse(artefact, "has an entry_points.txt that is not UTF-8 text") from error
    # `importlib.metadata` keeps both of a name that stands twice, so that is no syntax error.
    syntax = configparser.RawConfigParser(delimiters=("=",), strict=False)
    try:
        syntax.read_string(text, "entry_points.txt")
    except configparser.Error as error:
        first_line = " ".join(str(error).split())[:200]
        raise refuse(
            artefact, f"has an entry_points.txt that cannot be parsed ({ascii(first_line)[1:-1]})"
        ) from error
    try:
        found = [EntryPoint(p.group, p.name, p.value) for p in _EntryPointsText(text).entry_points]
    except (TypeError, ValueError) as error:
        raise refuse(artefact, "has an entry_points.txt that importlib.metadata cannot read") from error
    check_entry_points(artefact, found)
    return found
