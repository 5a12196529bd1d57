"""A plugin as `check` reads it: metadata and source, with nothing of it executed where that can be helped."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

import msgspec

from plugin_matrix.model import Plugin
from plugin_matrix.plugins.opening import Artefact, OpenedPlugin, find_artefact, open_artefact
from plugin_matrix.plugins.project import StaticProject, read_project
from plugin_matrix.plugins.sdist import unpack_sdist
from plugin_matrix.plugins.source_files import source_files
from plugin_matrix.plugins.uses.records import Unseen
from plugin_matrix.plugins.wheel import read_wheel


class ReadablePlugin(msgspec.Struct, frozen=True, kw_only=True):
    """What a check needs of a plugin."""

    plugin: Plugin
    files: Mapping[str, bytes]
    """Source files by their path in the layer that installing makes."""
    shipped: frozenset[str]
    """Every path in that layer, of files that are no source too."""
    places: Mapping[str, str] = {}
    """Where a file of the layer lies in the plugin's own tree, for those that lie elsewhere."""
    unseen: tuple[Unseen, ...] = ()
    built: str | None = None
    """Why the plugin's build backend had to be run to read it; None where it was not."""
    stated_at: Mapping[str, int] = {}
    """Line of `pyproject.toml` that states an entry point, by its name, or `project.REQUIREMENT`."""


def read_plugin(source: str, store: Path) -> ReadablePlugin:
    """Read the plugin that `source` names; raises as `open_plugin` does."""
    return read_artefact(find_artefact(source, store), store)


def read_artefact(artefact: Artefact, store: Path) -> ReadablePlugin:
    """Read a plugin that was found, building it only where that cannot be helped.

    Directories and sdists are read as they lie there when their `pyproject.toml` says all there is to know.
    """
    if artefact.path.is_dir():
        project = read_project(artefact.path, artefact.name)
    elif artefact.is_sdist:
        with tempfile.TemporaryDirectory(prefix="plugin-matrix-sdist-") as directory:
            project = read_project(unpack_sdist(artefact.path, Path(directory) / "unpacked"), artefact.name)
    else:
        # Nothing of it is unpacked and nothing of it runs: the archive is read where it lies.
        return _of_wheel(read_wheel(artefact.path, artefact.name, contents=False), artefact.path, built=None)
    if isinstance(project, StaticProject):
        return _of_project(project)
    opened = open_artefact(artefact, store)
    return _of_wheel(opened.plugin, opened.wheel, built=project.reason)


def of_opened(opened: OpenedPlugin) -> ReadablePlugin:
    """Return what a check needs of a plugin that was opened as cells need it."""
    return _of_wheel(opened.plugin, opened.wheel, built=None)


def _of_wheel(plugin: Plugin, wheel: Path, *, built: str | None) -> ReadablePlugin:
    files, shipped, unseen = source_files(wheel)
    return ReadablePlugin(plugin=plugin, files=files, shipped=shipped, unseen=unseen, built=built)


def _of_project(project: StaticProject) -> ReadablePlugin:
    return ReadablePlugin(
        plugin=project.plugin,
        files=project.files,
        shipped=project.shipped,
        places=project.places,
        unseen=project.unseen,
        stated_at=project.stated_at,
    )
