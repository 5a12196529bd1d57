"""The Python sources in a wheel, path files among them, and what of it cannot be read as source."""

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from posixpath import basename, join, split, splitext
from typing import NamedTuple

from plugin_matrix.plugins.archive import read_member, refuse
from plugin_matrix.plugins.layer import place_of
from plugin_matrix.plugins.uses.reading import MAX_SOURCE_BYTES, too_large
from plugin_matrix.plugins.uses.records import Unseen
from plugin_matrix.plugins.uses.startup import LARGEST_PATH_FILE, is_path_file

_COMPILED = frozenset({".so", ".pyd"})


class SourceFiles(NamedTuple):
    """What there is to read in a wheel."""

    files: Mapping[str, bytes]
    """Source files by their path in the layer that installing makes."""
    shipped: frozenset[str]
    """Every path in that layer."""
    unseen: tuple[Unseen, ...]


def source_files(wheel: Path) -> SourceFiles:
    """Return the wheel's source files, and what of it is unseen.

    Names and headers were checked by `read_wheel`. Raises `ArchiveError` where a member is broken.
    """
    try:
        return _source_files(wheel)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        raise refuse(wheel.name, f"is a broken zip archive ({error})") from error


def _source_files(wheel: Path) -> SourceFiles:
    files: dict[str, bytes] = {}
    shipped: set[str] = set()
    unseen: list[Unseen] = []
    compiled: list[str] = []
    byte_code: list[str] = []
    with zipfile.ZipFile(wheel) as archive:
        for info in archive.infolist():
            place = place_of(info)
            if place is None:
                continue
            shipped.add(place)
            kind = splitext(place)[1]
            if kind in _COMPILED:
                compiled.append(place)
            elif kind == ".pyc" and "__pycache__" not in place.split("/"):
                byte_code.append(place)
            elif kind == ".py" and info.file_size > MAX_SOURCE_BYTES:
                unseen.append(Unseen(place, too_large(info.file_size)))
            elif kind == ".py" or (is_path_file(place) and info.file_size <= LARGEST_PATH_FILE):
                files[place] = read_member(archive, info)
    unseen += [
        Unseen(place, "it is compiled")
        for place in compiled
        # mypyc and Cython ship the source beside it; libraries that modules link are no modules.
        if _source_beside(place) not in files and not basename(place).startswith("lib")
    ]
    unseen += [
        Unseen(place, "it is byte code without its source")
        for place in byte_code
        if f"{splitext(place)[0]}.py" not in files
    ]
    return SourceFiles(files, frozenset(shipped), tuple(unseen))


def _source_beside(compiled: str) -> str:
    """Return where the source of a compiled module is; its name may tell for which Python it was compiled."""
    directory, name = split(compiled)
    return join(directory, f"{name.partition('.')[0]}.py")
