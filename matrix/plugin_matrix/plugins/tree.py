"""The files of a project's directory that belong to it."""

import os
from collections.abc import Iterator
from pathlib import Path

from plugin_matrix.errors import PluginError

MAX_TREE_FILES = 20_000
MAX_TREE_BYTES = 512 * 1024**2
# Never part of a source: version control, environments, caches and what earlier builds left.
_IGNORED = frozenset(
    {
        ".eggs",
        ".git",
        ".hg",
        ".hypothesis",
        ".mypy_cache",
        ".nox",
        ".pytest_cache",
        ".ruff_cache",
        ".svn",
        ".tox",
        ".venv",
        "__pycache__",
        "build",
        "dist",
        "node_modules",
        "venv",
    }
)


def tree_files(directory: Path, name: str) -> Iterator[Path]:
    """Yield the sorted paths of the tree's files relative to it; links are followed to files only.

    `name` is what the user called it. Raises `PluginError` for a tree that is too large.
    """
    count, size = 0, 0
    for at, directories, names in os.walk(directory):
        directories[:] = sorted(d for d in directories if d not in _IGNORED and not d.endswith(".egg-info"))
        for file in sorted(Path(at) / entry for entry in names):
            if not file.is_file():
                continue
            count += 1
            size += file.stat().st_size
            if count > MAX_TREE_FILES or size > MAX_TREE_BYTES:
                raise PluginError(
                    f"{name} holds more than {MAX_TREE_FILES} files or {MAX_TREE_BYTES // 1024**2} MiB.",
                    next_step="Build its wheel yourself and name that.",
                )
            yield file.relative_to(directory)
