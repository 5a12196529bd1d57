"""Keeping the user's copy of the surface index up to date."""

import tempfile
from contextlib import closing
from pathlib import Path
from typing import Protocol

from plugin_matrix.errors import SurfaceIndexError
from plugin_matrix.plugins.indexes import PackageSources
from plugin_matrix.plugins.store import Store
from plugin_matrix.surface.building import Progress, SourceTree, build_index
from plugin_matrix.surface.sources import fetch_tree, published
from plugin_matrix.surface.store import SurfaceIndex, own_path

_TOGETHER = 8
"""Releases fetched before they are indexed: what an interrupted sync loses at most."""
_LOCK = "surface"


class Teller(Protocol):
    """Is told how the work goes."""

    def say(self, text: str) -> None:
        """Take one line."""

    def indexing(self, what: str) -> Progress:
        """Return what is told how many modules are done."""


def sync(
    store: Store, sources: PackageSources, teller: Teller, *, early: bool = False, rebuild: bool = False
) -> tuple[str, ...]:
    """Add the releases that the package index has and the surface index lacks; returns them, oldest first.

    `early` takes release candidates too; `rebuild` reads every release anew. An interrupted sync leaves an
    index of what was added until then. Raises `SurfaceIndexError`.
    """
    own = own_path(store.root)
    there = published(sources, early=early)
    with store.guarded(), store.lock(_LOCK):
        base = None if rebuild else _base(own, teller)
        known = base.axis.releases if base else ()
        lacking = [release for release in there if release.version not in known]
        for start in range(0, len(lacking), _TOGETHER):
            batch = lacking[start : start + _TOGETHER]
            with tempfile.TemporaryDirectory(prefix="plugin-matrix-") as directory:
                trees = []
                for number, release in enumerate(batch, start=start + 1):
                    teller.say(f"fetching vLLM {release.version} ({number} of {len(lacking)})")
                    trees.append(fetch_tree(release, sources, Path(directory) / release.version))
                base = _build(trees, own, base, teller)
    if base is None:
        raise SurfaceIndexError("The package index has no release of vLLM.", next_step="Check the index.")
    base.close()
    return tuple(release.version for release in lacking)


def add(store: Store, tree: SourceTree, teller: Teller) -> None:
    """Add a tree on this machine, in place of a release of the same version. Raises `SurfaceIndexError`."""
    own = own_path(store.root)
    with store.guarded(), store.lock(_LOCK):
        _build([tree], own, _base(own, teller), teller).close()


def _build(trees: list[SourceTree], own: Path, base: SurfaceIndex | None, teller: Teller) -> SurfaceIndex:
    names = ", ".join(tree.version for tree in trees)
    build_index(trees, own, base=base, progress=teller.indexing(f"indexing {names}"))
    if base is not None:
        base.close()
    return SurfaceIndex.open(own)


def _base(own: Path, teller: Teller) -> SurfaceIndex | None:
    """Return the index to add to: what `check` would use, else the shipped one, else nothing.

    A copy that cannot be read is removed: it would be in the way of the shipped index where nothing is added.
    """
    if own.exists():
        try:
            with closing(SurfaceIndex.open(own)) as copy:
                copy.verify()
        except SurfaceIndexError as error:
            teller.say(f"{error.message} It is made anew, without the checkouts that were added to it.")
            own.unlink()
    try:
        return SurfaceIndex.choose(own)
    except SurfaceIndexError as error:
        teller.say(error.message)
        return None
