"""The Python sources in a wheel, and what of it cannot be read as source."""

import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from plugin_matrix.plugins.archive import check_zip, chunks
from plugin_matrix.plugins.layer import place_of
from plugin_matrix.plugins.uses.records import Unseen

MAX_SOURCE_BYTES = 5 * 1024**2
"""A larger file is generated data; parsing it would cost more than all the rest."""

_COMPILED = frozenset({".so", ".pyd"})


def source_files(wheel: Path) -> tuple[Mapping[str, bytes], tuple[Unseen, ...]]:
    """Return the wheel's source files by their path in the layer that installing makes, and what is unseen.

    The archive is checked first. Raises `ArchiveError` for one that is broken or hostile.
    """
    check_zip(wheel)
    files: dict[str, bytes] = {}
    unseen: list[Unseen] = []
    byte_code: list[PurePosixPath] = []
    with zipfile.ZipFile(wheel) as archive:
        for info in archive.infolist():
            place = place_of(info)
            if place is None:
                continue
            if place.suffix in _COMPILED:
                unseen.append(Unseen(str(place), "it is compiled"))
            elif place.suffix == ".pyc" and "__pycache__" not in place.parts:
                byte_code.append(place)
            elif place.suffix == ".py" and info.file_size > MAX_SOURCE_BYTES:
                unseen.append(Unseen(str(place), f"it is larger than {MAX_SOURCE_BYTES // 1024**2} MiB"))
            elif place.suffix == ".py":
                files[str(place)] = b"".join(chunks(archive, info))
    unseen += [
        Unseen(str(place), "it is byte code without its source")
        for place in byte_code
        if str(place.with_suffix(".py")) not in files
    ]
    return files, tuple(unseen)
