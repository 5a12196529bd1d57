"""What setuptools wrote into an sdist when it made it: all the metadata, so that no build has to tell."""

from pathlib import Path

import msgspec

from plugin_matrix.model import EntryPoint
from plugin_matrix.plugins.wheel import MAX_ENTRY_POINTS, MAX_METADATA, parse_entry_points, parse_metadata


class EggInfo(msgspec.Struct, frozen=True):
    """An sdist's `PKG-INFO` and the entry points beside it."""

    name: str
    version: str
    requires_dist: tuple[str, ...]
    requires_python: str | None
    entry_points: tuple[EntryPoint, ...]
    """Of every group."""
    packages: tuple[str, ...]
    """Top-level modules, from `top_level.txt`."""


def read_egg_info(directory: Path, artefact: str) -> EggInfo | None:
    """Return what the sdist unpacked in `directory` says of itself; None where setuptools did not make it.

    A checkout has no `PKG-INFO`, and an `.egg-info` that lies about in one may be years old: nothing is read
    there. Raises `PluginError` for what cannot be used.
    """
    stated = directory / "PKG-INFO"
    found = sorted((*directory.glob("*.egg-info"), *directory.glob("src/*.egg-info")))
    if not stated.is_file() or len(found) != 1 or not (found[0] / "SOURCES.txt").is_file():
        return None
    metadata = parse_metadata(artefact, _bounded(stated, MAX_METADATA))
    points = _bounded(found[0] / "entry_points.txt", MAX_ENTRY_POINTS) or b""
    tops = (_bounded(found[0] / "top_level.txt", MAX_METADATA) or b"").decode("utf-8", "replace")
    return EggInfo(
        name=metadata["name"],
        version=metadata["version"],
        requires_dist=tuple(metadata.get("requires_dist", ())),
        requires_python=metadata.get("requires_python"),
        entry_points=tuple(parse_entry_points(artefact, points)),
        packages=tuple(tops.split()),
    )


def _bounded(file: Path, limit: int) -> bytes | None:
    if not file.is_file():
        return None
    with file.open("rb") as stream:
        return stream.read(limit)
