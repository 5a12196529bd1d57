"""The other way round: one engine, a release or a checkout, and the plugins it breaks."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from plugin_matrix.model.version_set import Mask
from plugin_matrix.surface.building import build_index
from plugin_matrix.surface.checkouts import open_checkout
from plugin_matrix.surface.resolver import Surface
from plugin_matrix.surface.selecting import find_release
from plugin_matrix.surface.store import SurfaceIndex, own_path


class EngineInQuestion(msgspec.Struct, frozen=True):
    """An engine among the releases of the index."""

    surface: Surface
    release: str
    """Of a checkout, its version."""
    before: str | None
    """The release before it: what broke there already is nothing new."""

    @property
    def mask(self) -> Mask:
        """The engine and the release before it."""
        axis = self.surface.axis
        return axis.bit(self.release) | (axis.bit(self.before) if self.before else 0)


@contextlib.contextmanager
def engine_in_question(name: str, store: Path, version: str | None = None) -> Iterator[EngineInQuestion]:
    """Give the engine that `name` names: a release of the index, or the directory of a checkout.

    A checkout is added to a copy of the index, which is thrown away afterwards; `version` is what to call it.
    Raises `UnknownEngineError` and `SurfaceIndexError`.
    """
    index = SurfaceIndex.choose(own_path(store))
    with contextlib.ExitStack() as closing:
        closing.callback(index.close)
        if not _is_path(name):
            release = find_release(name, index.axis)
            yield _in_question(index, release)
            return
        tree = open_checkout(Path(name).expanduser(), version)
        directory = closing.enter_context(tempfile.TemporaryDirectory(prefix="plugin-matrix-engine-"))
        path = Path(directory) / "surface.sqlite"
        build_index([tree], path, base=index)
        extended = SurfaceIndex.open(path)
        closing.callback(extended.close)
        yield _in_question(extended, tree.version)


def _is_path(name: str) -> bool:
    return "/" in name or "\\" in name or name.startswith((".", "~"))


def _in_question(index: SurfaceIndex, release: str) -> EngineInQuestion:
    place = index.axis.position(release)
    return EngineInQuestion(Surface(index), release, index.axis.releases[place - 1] if place else None)
