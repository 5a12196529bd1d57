"""Engines made by hand: a few files per release, read, merged and stored as real ones are."""

import textwrap
from collections.abc import Mapping
from pathlib import Path

from plugin_matrix.surface.building import SourceTree, build_index
from plugin_matrix.surface.store import SurfaceIndex

Engine = Mapping[str, Mapping[str, str]]
"""Sources by release and path below `vllm/`; `__init__.py` there is made where it is not given."""


def surface_index(engine: Engine, directory: Path) -> SurfaceIndex:
    """Return the index of `engine`, kept below `directory`."""
    trees = []
    for release, sources in engine.items():
        root = directory / release
        for path, source in {"__init__.py": "", **sources}.items():
            file = root / "vllm" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(textwrap.dedent(source), "utf-8")
        trees.append(SourceTree(release, root))
    out = directory / "surface.sqlite"
    build_index(trees, out, workers=1)
    return SurfaceIndex.open(out)
