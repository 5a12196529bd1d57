"""The Python sources in a wheel, and the modules in it that have none."""

import re
import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path, PurePosixPath

from plugin_matrix.plugins.archive import refuse
from plugin_matrix.plugins.uses.reading import MAX_SOURCE_BYTES, too_large
from plugin_matrix.plugins.uses.records import Unseen

MAX_TOTAL_BYTES = 256 * 1024**2
"""All sources of a plugin together; the largest published plugin has a tenth of it."""
_SCHEME = re.compile(r"[^/]+\.data/(?:purelib|platlib)/")
"""What installers put beside the packages; the other schemes are no modules."""
_COMPILED = re.compile(r"(?P<name>[A-Za-z_]\w*)(?:\.(?:cpython-|abi3|cp\d|pypy)[^/]*)?\.(?:so|pyd)")
_BYTECODE = re.compile(r"(?P<name>[A-Za-z_]\w*)\.pyc")


def source_files(wheel: Path) -> tuple[Mapping[str, bytes], tuple[Unseen, ...]]:
    """Return the sources in `wheel` by their path in the layer it is installed to, and what is not source.

    Files that are too large are not even decompressed. Raises `ArchiveError` for a broken archive.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            return _read(archive)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError) as error:
        raise refuse(wheel.name, f"is a broken zip archive ({error})") from error


def _read(archive: zipfile.ZipFile) -> tuple[dict[str, bytes], tuple[Unseen, ...]]:
    members = {
        path: member
        for member in archive.infolist()
        if not member.is_dir() and (path := _installed(member.filename)) is not None
    }
    files: dict[str, bytes] = {}
    unseen: list[Unseen] = []
    total = 0
    for path, member in sorted(members.items()):
        if not path.endswith(".py"):
            reason = _without_source(path, members.keys())
            if reason:
                unseen.append(Unseen(path, reason))
        elif member.file_size > MAX_SOURCE_BYTES:
            unseen.append(Unseen(path, too_large(member.file_size)))
        elif total + member.file_size > MAX_TOTAL_BYTES:
            unseen.append(Unseen(path, f"lies beyond the {MAX_TOTAL_BYTES // 1024**2} MB that are read"))
        else:
            total += member.file_size
            files[path] = archive.read(member)
    return files, tuple(unseen)


def _installed(name: str) -> str | None:
    """Return where a member lands in the layer; None for metadata, scripts and data."""
    top = PurePosixPath(name).parts[0]
    if top.endswith(".dist-info"):
        return None
    if top.endswith(".data"):
        scheme = _SCHEME.match(name)
        return name[scheme.end() :] if scheme else None
    return name


def _without_source(path: str, files: Collection[str]) -> str:
    """Say why a member that is no source is a module nevertheless; empty where it is none."""
    folder, _, name = path.rpartition("/")
    if folder.endswith("__pycache__"):
        return ""
    for pattern, what in ((_COMPILED, "is a compiled module"), (_BYTECODE, "is byte code")):
        match = pattern.fullmatch(name)
        if match is None:
            continue
        source = f"{folder}/{match['name']}.py" if folder else f"{match['name']}.py"
        is_library = name.startswith("lib") or ".libs" in folder
        if source in files or is_library:
            return ""
        return f"{what}: what it asks of vLLM was not seen"
    return ""
