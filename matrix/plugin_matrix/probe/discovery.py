"""Which entry points `importlib.metadata` reports, and whose they are."""

from __future__ import annotations

import re
from importlib import metadata
from os import listdir, sep
from os.path import isdir, join
from typing import Any, NamedTuple

from .entry import Entry
from .text import bounded


class Discovery(NamedTuple):
    """What discovery found: all vLLM entry points, the plugin's own, and the plugin's top modules."""

    seen: list[dict[str, Any]]
    entries: tuple[Entry, ...]
    tops: frozenset[str]

    def of(self, group: str) -> tuple[Entry, ...]:
        """Return the plugin's entry points of one group."""
        return tuple(entry for entry in self.entries if entry.group == group)


def discover(distribution: str, plugin_layers: tuple[str, ...]) -> Discovery:
    """Read the metadata of everything on `sys.path`."""
    wanted = _normal(distribution)
    seen: list[dict[str, Any]] = []
    entries: list[Entry] = []
    tops: set[str] = set()
    shipped: set[str] = set()
    for found in metadata.distributions():
        name = _name(found)
        of_plugin = _normal(name) == wanted
        for point in found.entry_points:
            if point.group.startswith("vllm."):
                seen.append(
                    {
                        "group": bounded(point.group, 300),
                        "name": bounded(point.name, 300),
                        "value": bounded(point.value, 300),
                        "distribution": bounded(name, 300),
                        "of_plugin": of_plugin,
                    }
                )
                if of_plugin:
                    entries.append(Entry(point.group, point.name, point.value))
                    tops.add(re.split(r"[.:\[ ]", point.value, maxsplit=1)[0])
        if of_plugin:
            shipped |= _top_modules(found)
    if not shipped:
        shipped = {top for layer in plugin_layers for top in _tops_of_directory(layer)}
    return Discovery(seen[:2_000], tuple(dict.fromkeys(entries)), frozenset((tops | shipped) - {"vllm", ""}))


def modules_of(tops: frozenset[str], loaded: Any) -> list[str]:
    """Return which of the plugin's top modules are among the loaded ones."""
    return sorted(top for top in tops if top in loaded)


def _name(found: metadata.Distribution) -> str:
    # Parsing METADATA costs more than the rest of discovery; the directory's name says the same.
    directory = getattr(getattr(found, "_path", None), "name", "")
    stem, _, kind = directory.rpartition(".")
    if kind == "dist-info" and "-" in stem:
        return str(stem.partition("-")[0])
    name = found.metadata["Name"]
    return name if isinstance(name, str) else "unknown"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _top_modules(found: metadata.Distribution) -> set[str]:
    files: list[metadata.PackagePath] | None = found.files
    paths = [str(file) for file in files or () if str(file).endswith((".py", ".so"))]
    regular = {path.rsplit("/", 1)[0] for path in paths if path.endswith("/__init__.py")}
    tops: set[str] = set()
    for path in paths:
        parts = path.split("/")
        if parts[0] in ("..", "bin") or ".dist-info" in parts[0] or ".data" in parts[0]:
            continue
        if len(parts) == 1:
            tops.add(parts[0].split(".", 1)[0])
        elif parts[0] in regular or len(parts) == 2:  # noqa: PLR2004 - package/file of a namespace package
            tops.add(parts[0])
        else:
            tops.add(f"{parts[0]}.{parts[1]}")
    tops.discard("vllm")
    return tops


def _tops_of_directory(layer: str) -> set[str]:
    if not isdir(layer):
        return set()
    return {
        name.split(".", 1)[0]
        for name in listdir(layer)
        if (name.endswith(".py") or isdir(join(layer, name)))
        and not name.endswith((".dist-info", ".data", sep))
        and name != "__pycache__"
    } - {"vllm"}
