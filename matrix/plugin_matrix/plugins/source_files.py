"""The Python sources in a wheel, path files among them, and what of it cannot be read as source."""

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from plugin_matrix.plugins.archive import read_member, refuse
from plugin_matrix.plugins.layer import place_of
from plugin_matrix.plugins.uses.reading import MAX_SOURCE_BYTES, too_large
from plugin_matrix.plugins.uses.records import Unseen
from plugin_matrix.plugins.uses.startup import LARGEST_PATH_FILE, is_path_file

_COMPILED = frozenset({".so", ".pyd"})


def source_files(wheel: Path) -> tuple[Mapping[str, bytes], tuple[Unseen, ...]]:
    """Return the wheel's source files by their path in the layer that installing makes, and what is unseen.

    Names and headers were checked by `read_wheel`. Raises `ArchiveError` where a member is broken.
    """
    try:
        return _source_files(wheel)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        raise refuse(wheel.name, f"is a broken zip archive ({error})") from error


def _source_files(wheel: Path) -> tuple[Mapping[str, bytes], tuple[Unseen, ...]]:
    files: dict[str, bytes] = {}
    unseen: list[Unseen] = []
    compiled: list[PurePosixPath] = []
    byte_code: list[PurePosixPath] = []
    with zipfile.ZipFile(wheel) as archive:
        for info in archive.infolist():
            place = place_of(info)
            if place is None:
                continue
            if place.suffix in _COMPILED:
                compiled.append(place)
            elif place.suffix == ".pyc" and "__pycache__" not in place.parts:
                byte_code.append(place)
            elif place.suffix == ".py" and info.file_size > MAX_SOURCE_BYTES:
                unseen.append(Unseen(str(place), too_large(info.file_size)))
            elif place.suffix == ".py" or (is_path_file(str(place)) and info.file_size <= LARGEST_PATH_FILE):
                files[str(place)] = read_member(archive, info)
    unseen += [
        Unseen(str(place), "it is compiled")
        for place in compiled
        # mypyc and Cython ship the source beside it; libraries that modules link are no modules.
        if f"{place.parent / place.name.partition('.')[0]}.py" not in files
        and not place.name.startswith("lib")
    ]
    unseen += [
        Unseen(str(place), "it is byte code without its source")
        for place in byte_code
        if str(place.with_suffix(".py")) not in files
    ]
    return files, tuple(unseen)
