"""A project's directory read as it lies there: metadata and files, its build backend left alone."""

import hashlib
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

import msgspec
from packaging.markers import Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion, Version

from plugin_matrix.errors import PluginError
from plugin_matrix.model import EntryPoint, Plugin
from plugin_matrix.plugins.egg_info import EggInfo, read_egg_info
from plugin_matrix.plugins.layout import Tree, installed
from plugin_matrix.plugins.tree import tree_files
from plugin_matrix.plugins.uses.reading import MAX_SOURCE_BYTES
from plugin_matrix.plugins.uses.records import Unseen
from plugin_matrix.plugins.uses.startup import LARGEST_PATH_FILE, is_path_file
from plugin_matrix.plugins.wheel import check_entry_points, of_vllm

REQUIREMENT = "Requires-Dist"
"""Stands for the requirement on vLLM; no entry point is likely to be called so."""
UNKNOWN_VERSION = "0+unknown"
"""Where only the build backend could tell the version; nothing that is checked depends on it."""

_VERSION = re.compile(
    r"""^(?:__version__|version|VERSION)\s*(?::[^=\n]*)?=\s*['"]([^'"\n]+)['"]""", re.MULTILINE
)
_MATTERS = ("entry-points", "dependencies", "optional-dependencies", "requires-python")
"""Fields that decide what is found; the version does not."""


class StaticProject(msgspec.Struct, frozen=True, kw_only=True):
    """What a project is without building it."""

    plugin: Plugin
    files: Mapping[str, bytes]
    shipped: frozenset[str]
    places: Mapping[str, str]
    unseen: tuple[Unseen, ...]
    stated_at: Mapping[str, int]


class NotStatic(msgspec.Struct, frozen=True):
    """Why only the build backend can tell what a project is."""

    reason: str


class _Project(msgspec.Struct, rename="kebab", frozen=True):
    name: Annotated[str, msgspec.Meta(min_length=1)]
    version: str | None = None
    requires_python: str | None = None
    dependencies: tuple[str, ...] = ()
    optional_dependencies: dict[str, tuple[str, ...]] = {}
    entry_points: dict[str, dict[str, str]] = {}
    dynamic: tuple[str, ...] = ()


def read_project(directory: Path, name: str) -> StaticProject | NotStatic:
    """Read the project in `directory`; `name` is what the user called it.

    An sdist that setuptools made says all there is to know. Raises `PluginError` for what is no project or
    cannot be read.
    """
    egg_info = read_egg_info(directory, name)
    if egg_info is not None:
        return _of_egg_info(directory, name, egg_info)
    if not (directory / "pyproject.toml").is_file():
        if (directory / "setup.py").is_file():
            return NotStatic("it has a setup.py and no pyproject.toml")
        raise PluginError(
            f"{name} is not a Python project: it has no pyproject.toml.",
            next_step="Name the directory that holds the plugin's pyproject.toml.",
        )
    pyproject = _toml(directory / "pyproject.toml", name)
    if "project" not in pyproject:
        return NotStatic("its pyproject.toml has no [project] table")
    try:
        project = msgspec.convert(pyproject["project"], _Project)
    except msgspec.ValidationError as error:
        raise PluginError(
            f"The [project] table of {name} cannot be used: {error}.", next_step="Correct its pyproject.toml."
        ) from error
    unknown = [field for field in _MATTERS if field in project.dynamic]
    if unknown:
        return NotStatic(f"{' and '.join(unknown)} {'is' if len(unknown) == 1 else 'are'} dynamic in it")
    points = [
        EntryPoint(group, entry, value)
        for group, entries in project.entry_points.items()
        for entry, value in entries.items()
    ]
    version = project.version or _version(directory, pyproject)
    check_entry_points(name, points)
    plugin = Plugin(
        name=project.name,
        version=version,
        entry_points=of_vllm(project.name, version, points, required=False),
        requires_dist=_requires(project, name),
        requires_python=project.requires_python,
        source=name,
        sha256="",
    )
    return _static(directory, pyproject, plugin, ())


def _of_egg_info(directory: Path, name: str, egg_info: EggInfo) -> StaticProject:
    file = directory / "pyproject.toml"
    plugin = Plugin(
        name=egg_info.name,
        version=egg_info.version,
        entry_points=of_vllm(egg_info.name, egg_info.version, egg_info.entry_points, required=False),
        requires_dist=egg_info.requires_dist,
        requires_python=egg_info.requires_python,
        source=name,
        sha256="",
    )
    return _static(directory, _toml(file, name) if file.is_file() else {}, plugin, egg_info.packages)


def _static(
    directory: Path, pyproject: Mapping[str, Any], plugin: Plugin, packages: tuple[str, ...]
) -> StaticProject:
    tree = Tree(directory, tuple(PurePosixPath(file) for file in tree_files(directory, plugin.source)))
    modules = [point.value.partition(":")[0].strip() for point in plugin.entry_points]
    placed = installed(tree, pyproject, plugin.name, (*modules, *packages))
    # No backend takes path files of itself: one at the top is put into the wheel by the project's own means.
    placed |= {str(file): file for file in tree.files if is_path_file(str(file))}
    files, unseen = _read(directory, placed)
    plugin = msgspec.structs.replace(plugin, sha256=_digest(files))
    return StaticProject(
        plugin=plugin,
        files=files,
        shipped=frozenset(placed),
        places=_metadata_places(pyproject)
        | {place: path.as_posix() for place, path in placed.items() if path.as_posix() != place},
        unseen=unseen,
        stated_at=_stated_at(directory, plugin) if "project" in pyproject else {},
    )


def _metadata_places(pyproject: Mapping[str, Any]) -> dict[str, str]:
    """Return where the project states what a wheel has in files of its own."""
    stated = dict.fromkeys(("METADATA", "entry_points.txt"), "pyproject.toml")
    return stated if "project" in pyproject else {}


def _stated_at(directory: Path, plugin: Plugin) -> dict[str, int]:
    """Return the lines that state the requirement on vLLM and each entry point; first ones win."""
    patterns = {REQUIREMENT: re.compile(r"""['"]vllm\s*(?:[\[<>=!~@;,'"]|$)""", re.IGNORECASE)}
    for point in plugin.entry_points:
        patterns[point.name] = re.compile(rf"""^\s*['"]?{re.escape(point.name)}['"]?\s*=\s*['"]""")
    found: dict[str, int] = {}
    for number, text in enumerate((directory / "pyproject.toml").read_text("utf-8").splitlines(), start=1):
        for name, pattern in patterns.items():
            if name not in found and pattern.search(text):
                found[name] = number
    return found


def _toml(path: Path, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PluginError(
            f"The pyproject.toml of {name} cannot be read: {error}.", next_step="Correct it."
        ) from error
    except OSError as error:
        raise PluginError(
            f"The pyproject.toml of {name} cannot be read: {error.strerror}.",
            next_step="Check the permissions.",
        ) from error


def _requires(project: _Project, name: str) -> tuple[str, ...]:
    """Return the dependencies in the form of `Requires-Dist`, extras as markers."""
    lines = list(project.dependencies)
    for extra, requirements in project.optional_dependencies.items():
        for line in requirements:
            try:
                requirement = Requirement(line)
            except InvalidRequirement as error:
                reason = str(error).splitlines()[0]
                raise PluginError(
                    f"The extra {extra!r} of {name} cannot be used: {line!r} is no requirement ({reason}).",
                    next_step="Correct its pyproject.toml.",
                ) from error
            stated = f"({requirement.marker}) and " if requirement.marker else ""
            requirement.marker = Marker(f"{stated}extra == '{extra}'")
            lines.append(str(requirement))
    return tuple(lines)


def _version(directory: Path, pyproject: Mapping[str, Any]) -> str:
    """Return the version where a file plainly says it: an sdist's PKG-INFO, or the file the backend reads."""
    info = directory / "PKG-INFO"
    if info.is_file():
        stated = re.search(r"^Version: *(\S+)", info.read_text("utf-8", "replace"), re.MULTILINE)
        if stated:
            return stated[1]
    hatch = pyproject.get("tool", {}).get("hatch", {}).get("version", {}).get("path")
    dynamic = pyproject.get("tool", {}).get("setuptools", {}).get("dynamic", {}).get("version", {})
    attribute = str(dynamic.get("attr", "")).rpartition(".")[0].replace(".", "/")
    candidates = [
        hatch,
        *(f"{base}{attribute}{end}" for base in ("", "src/") for end in (".py", "/__init__.py")),
    ]
    for candidate in candidates if hatch or attribute else ():
        file = directory / str(candidate)
        if candidate and file.is_file() and (found := _VERSION.search(file.read_text("utf-8", "replace"))):
            try:
                return str(Version(found[1]))
            except InvalidVersion:
                continue
    return UNKNOWN_VERSION


def _read(
    directory: Path, placed: Mapping[str, PurePosixPath]
) -> tuple[dict[str, bytes], tuple[Unseen, ...]]:
    files: dict[str, bytes] = {}
    unseen: list[Unseen] = []
    for place, path in sorted(placed.items()):
        if path.suffix in {".so", ".pyd"}:
            unseen.append(Unseen(place, "it is compiled"))
        file = directory / path
        if path.suffix != ".py" and not is_path_file(place):
            continue
        try:
            if is_path_file(place) and file.stat().st_size > LARGEST_PATH_FILE:
                continue
            if file.stat().st_size > MAX_SOURCE_BYTES:
                unseen.append(Unseen(place, f"it is larger than {MAX_SOURCE_BYTES // 1024**2} MiB"))
            else:
                files[place] = file.read_bytes()
        except OSError as error:
            unseen.append(Unseen(place, f"it cannot be read ({(error.strerror or str(error)).lower()})"))
    return files, tuple(unseen)


def _digest(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for place, content in files.items():
        digest.update(f"{place}\0{len(content)}\n".encode() + content)
    return digest.hexdigest()
