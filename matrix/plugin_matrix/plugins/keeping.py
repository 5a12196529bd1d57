"""Keeping artefacts in the store by their content."""

import shutil
from pathlib import Path

from plugin_matrix.plugins.store import Store
from plugin_matrix.plugins.wheel import sha256


def keep(file: Path, name: str, store: Store) -> Path:
    """Copy an artefact into the store under its hash; returns the copy, which is called `name`."""

    def make(directory: Path) -> None:
        directory.mkdir()
        shutil.copyfile(file, directory / name)

    return store.entry("artefacts", sha256(file), make) / name
