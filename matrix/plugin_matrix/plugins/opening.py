"""From what the user typed to a checked wheel: the one door through which plugins come in."""

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from packaging.requirements import InvalidRequirement, Requirement

from plugin_matrix.errors import PluginError
from plugin_matrix.model import Plugin
from plugin_matrix.plugins.indexes import PackageSources, configured_sources
from plugin_matrix.plugins.keeping import keep
from plugin_matrix.plugins.sdist import SUFFIXES, unpack_sdist
from plugin_matrix.plugins.store import Store
from plugin_matrix.plugins.wheel import read_wheel

if TYPE_CHECKING:
    from plugin_matrix.plugins.backend import RunBackend

MAX_ARTEFACT_BYTES = 1024**3


class OpenedPlugin(msgspec.Struct, frozen=True):
    """A plugin and the wheel that cells install."""

    plugin: Plugin
    wheel: Path
    """In the store, under its hash; checked."""
    extras: frozenset[str] = frozenset()
    """Extras the user asked for: `acme[audio]`."""


class Artefact(msgspec.Struct, frozen=True):
    """What a user's words lead to: a directory, a wheel or an sdist that is there and can be read."""

    path: Path
    name: str
    """What to call it in messages and reports."""
    extras: frozenset[str] = frozenset()

    @property
    def is_sdist(self) -> bool:
        """Whether it is a source distribution."""
        return self.path.name.endswith(SUFFIXES) and not self.path.is_dir()


def open_plugin(
    source: str, store: Path, sources: PackageSources | None = None, run: "RunBackend | None" = None
) -> OpenedPlugin:
    """Open the plugin that `source` names: a requirement, a directory, a wheel or an sdist.

    Nothing of the plugin is executed but, where there is no wheel, its build backend: by `run`, see
    `plugins.build`.
    `sources` defaults to what pip and uv are configured with.
    Raises `NotAPluginError` for distributions without vLLM entry points, `PluginError` for all else.
    """
    sources = configured_sources() if sources is None else sources
    return open_artefact(find_artefact(source, store, sources), store, sources, run)


def find_artefact(source: str, store: Path, sources: PackageSources | None = None) -> Artefact:
    """Find what `source` names, and fetch it where it is a requirement.

    Whatever holds a path separator, starts with a dot or ends like an artefact is a path, all else is a
    requirement. Raises `PluginError`.
    """
    path, bracket = _as_path(source)
    if path is None:
        # Talking to package indexes takes an HTTP client, which files and directories need not wait for.
        from plugin_matrix.plugins.download import fetch  # noqa: PLC0415

        requirement = _parse(source)
        sources = configured_sources() if sources is None else sources
        path = fetch(requirement, sources, Store(store))
        return Artefact(path, str(requirement), frozenset(requirement.extras))
    _check_readable(path, source)
    extras = frozenset(extra.strip() for extra in bracket.split(",") if extra.strip())
    return Artefact(path, path.resolve().name, extras)


def open_artefact(
    artefact: Artefact, store: Path, sources: PackageSources | None = None, run: "RunBackend | None" = None
) -> OpenedPlugin:
    """Open what was found; builds where it is no wheel. Raises as `open_plugin` does."""
    shelf = Store(store)
    with shelf.guarded():
        wheel = _wheel(artefact, shelf, sources, run)
    return OpenedPlugin(read_wheel(wheel, artefact.name), wheel, artefact.extras)


def _wheel(
    artefact: Artefact, store: Store, sources: PackageSources | None, run: "RunBackend | None"
) -> Path:
    path = artefact.path
    if path.name.endswith(".whl") and not path.is_dir():
        return path if path.is_relative_to(store.root) else keep(path, path.name, store)

    from plugin_matrix.plugins.build import build_wheel  # noqa: PLC0415 - wheels need no builder

    sources = configured_sources() if sources is None else sources
    if path.is_dir():
        return build_wheel(path, artefact.name, sources, store, run)
    with tempfile.TemporaryDirectory(prefix="plugin-matrix-sdist-") as directory:
        project = unpack_sdist(path, Path(directory) / "unpacked")
        return build_wheel(project, artefact.name, sources, store, run)


def _as_path(source: str) -> tuple[Path | None, str]:
    """Return the path that `source` names and the extras behind it; None for requirements."""
    text, _, bracket = (
        source.strip().partition("[") if source.rstrip().endswith("]") else (source.strip(), "", "")
    )
    looks_like_path = (
        "/" in text or "\\" in text or text.startswith((".", "~")) or text.endswith((".whl", *SUFFIXES))
    )
    if not looks_like_path or re.search(r"\s@\s|^\S+@\s*\w+:", text):
        return None, ""
    return Path(text).expanduser(), bracket.rstrip().rstrip("]")


def _parse(source: str) -> Requirement:
    try:
        requirement = Requirement(source)
    except InvalidRequirement as error:
        reason = str(error).splitlines()[0]
        raise PluginError(
            f"{source!r} is neither a path nor a requirement ({reason}).",
            next_step="Give a name such as acme==1.4, or the path of a directory, a wheel or an sdist.",
        ) from error
    if requirement.url:
        raise PluginError(
            f"{source!r} names a URL, which is not supported.", next_step="Download it and give its path."
        )
    return requirement


def _check_readable(path: Path, source: str) -> None:
    try:
        if path.is_dir():
            next(path.iterdir(), None)
            return
        if not path.exists():
            raise PluginError(f"There is no file or directory {source!r}.", next_step="Check the path.")
        if not path.is_file():
            raise PluginError(f"{source!r} is neither a file nor a directory.", next_step="Check the path.")
        with path.open("rb") as file:
            empty = not file.read(1)
        size = path.stat().st_size
    except OSError as error:
        raise PluginError(
            f"{source!r} cannot be read: {error.strerror}.", next_step="Check the path and its permissions."
        ) from error
    if empty:
        raise PluginError(f"{path.name} is empty.", next_step="Build the artefact again, or fetch it again.")
    if not path.name.endswith((".whl", *SUFFIXES)):
        raise PluginError(
            f"{path.name} is neither a wheel nor an sdist.",
            next_step=f"A plugin is a directory, a .whl file or one of {', '.join(SUFFIXES)}.",
        )
    if size > MAX_ARTEFACT_BYTES:
        raise PluginError(f"{path.name} is larger than {MAX_ARTEFACT_BYTES // 1024**2} MiB.")
