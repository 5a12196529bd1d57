"""Tiny releases of vLLM on disk, and what an index says of them in a form that can be compared."""

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from plugin_matrix.surface.building import SourceTree
from plugin_matrix.surface.store import SurfaceIndex

Files = Mapping[str, str]
"""Module or package (`vllm`, `vllm.a`) to source; `vllm.a/` is a package."""


def tree(root: Path, version: str, files: Mapping[str, str], kind: str = "sdist") -> SourceTree:
    """Write a release: path below `vllm/` to source."""
    for name, source in {"__init__.py": "", **files}.items():
        path = root / version / "vllm" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(source), "utf-8")
    return SourceTree(version, root / version, kind)


def told(index: SurfaceIndex) -> dict[str, Any]:
    """Return everything an index says, but for when it was built."""
    return {
        "releases": index.releases,
        "modules": {name: index.module(name) for name in index.modules()},
        "homes": {name: index.homes(name) for name, _ in index.all_homes()},
        "calls": sorted((c.module, c.mask, str(c.call)) for c in index.all_calls()),
    }
