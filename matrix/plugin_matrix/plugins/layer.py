"""Unpacking a checked wheel into a directory that goes on `sys.path`."""

import zipfile
from pathlib import Path

from plugin_matrix.plugins.archive import check_names, check_zip, chunks, refuse
from plugin_matrix.plugins.store import Store
from plugin_matrix.plugins.wheel import sha256

KIND = "layers"
_IMPORTABLE = frozenset({"purelib", "platlib"})


def unpack_wheel(wheel: Path, store: Store) -> Path:
    """Return a directory with the importable files and the metadata of `wheel`, made once per content.

    Scripts, headers and data files are left out; the wheel's tags are not looked at, no byte code is written.
    """

    def make(directory: Path) -> None:
        check_zip(wheel)
        with zipfile.ZipFile(wheel) as archive:
            places = {info: place for info in archive.infolist() if (place := place_of(info)) is not None}
            check_names(wheel.name, ((place, False) for place in places.values()))
            directory.mkdir()
            for info, place in places.items():
                target = directory / place
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("xb") as file:
                    file.writelines(chunks(archive, info))
            if not places:
                raise refuse(wheel.name, "holds nothing that can be imported")

    return store.entry(KIND, sha256(wheel), make)


def place_of(info: zipfile.ZipInfo) -> str | None:
    """Where a checked member goes, relative to the layer; None for directories and what is not importable."""
    if info.is_dir():
        return None
    first, _, below = info.filename.partition("/")
    if not first.endswith(".data"):
        return info.filename
    scheme, _, place = below.partition("/")
    return place if place and scheme in _IMPORTABLE else None
