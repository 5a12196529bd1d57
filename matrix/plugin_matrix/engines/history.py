"""The interface history: what changed for vLLM's plugins, since which release, where that is read.

The data lies in `core/`: `interface_history.toml` (dimensions), `modules.json`, `interface/names.json` and
`interface/members.json` (which modules, names and members of classes the real releases have).
"""

import difflib
import functools
import tomllib
from importlib import resources
from pathlib import Path
from typing import Annotated, Self, TypeVar

import msgspec
from msgspec import Meta
from packaging.version import InvalidVersion, Version

from plugin_matrix.engines.members import ClassesOfRelease, MembersByModule, classes_named
from plugin_matrix.errors import EngineError, UnknownEngineError

Ranges = TypeVar("Ranges")

OLDEST_WITH_PLUGINS = "0.5.5"
"""First release that loads plugins (`vllm/plugins/__init__.py`, 0.5.5)."""


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value of a dimension that holds from one release until the dimension's next step."""

    since: str
    value: str
    """Token that the reference engine and the rules compare with."""
    text: str
    source: str
    """File and line in the sources of `since`; empty where the value is an absence."""


class Dimension(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One aspect of the plugin interface."""

    area: str
    core: bool
    """Documented, or directly visible to a plugin."""
    summary: str
    steps: Annotated[tuple[Step, ...], Meta(min_length=1)]


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An entry-point group and the first release that reads it."""

    name: str
    since: str


class Release(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A release on the package index."""

    date: str
    requires_python: str
    torch: str


class _HistoryFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    schema: int
    groups: dict[str, Group]
    covering_sets: dict[str, tuple[str, ...]]
    dimensions: dict[str, Dimension]
    releases: dict[str, Release]


class _ModelStep(msgspec.Struct, frozen=True, array_like=True):
    since: str
    model: tuple[str, str] | None = None
    """Module and class; None where the release no longer has the architecture."""


class _ArchitecturesFile(msgspec.Struct, frozen=True):
    models: dict[str, tuple[_ModelStep, ...]]


class InterfaceHistory:
    """Answers what a release of vLLM offers plugins; releases are spelled as the package index does."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        file = directory / "interface_history.toml"
        try:
            self._data = msgspec.convert(tomllib.loads(file.read_text("utf-8")), _HistoryFile)
            self._modules = _read_ranges(directory / "modules.json", dict[str, str])
            self._names = _read_ranges(directory / "interface" / "names.json", dict[str, dict[str, str]])
        except (OSError, ValueError) as error:
            raise EngineError(
                f"The interface history in {directory} cannot be read: {error}.",
                next_step="Install plugin-matrix again.",
            ) from error
        self._position = {release: position for position, release in enumerate(self._data.releases)}

    @classmethod
    @functools.cache
    def load(cls) -> Self:
        """Return the history that belongs to this installation; read once per process."""
        return cls(core_directory())

    @property
    def releases(self) -> tuple[str, ...]:
        """Every release that loads plugins, oldest first."""
        names = tuple(self._data.releases)
        return names[self._position[OLDEST_WITH_PLUGINS] :]

    def facts_of(self, release: str) -> Release:
        """Return date, Python and torch of a release; of a version in between those of the one before."""
        return list(self._data.releases.values())[self._place(release)]

    @property
    def release_facts(self) -> dict[str, Release]:
        """Date, Python and torch by release, those before plugins included."""
        return self._data.releases

    @property
    def dimensions(self) -> dict[str, Dimension]:
        """The dimensions by name."""
        return self._data.dimensions

    def resolve(self, name: str) -> str:
        """Return the release meant by `name`, another spelling of a version allowed.

        Raises `UnknownEngineError` for one that is not in the history, with the nearest that are.
        """
        if name in self.releases:
            return name
        try:
            wanted = Version(name)
        except InvalidVersion:
            wanted = None
        else:
            for release in self.releases:
                if Version(release) == wanted:
                    return release
        if wanted is not None and wanted < Version(OLDEST_WITH_PLUGINS):
            raise UnknownEngineError(
                f"vLLM {name} has no plugins: {OLDEST_WITH_PLUGINS} is the first release that loads any.",
                next_step=f"Name {OLDEST_WITH_PLUGINS} or a later one.",
            )
        raise UnknownEngineError(
            f"There is no vLLM release {name!r} among the {len(self.releases)} from {self.releases[0]} "
            f"to {self.releases[-1]}.",
            next_step=f"Did you mean {', '.join(self._nearest(name, wanted))}?",
        )

    def _nearest(self, name: str, wanted: Version | None) -> list[str]:
        """Return up to three releases: around the version, or spelled alike where it is none."""
        if wanted is None:
            return difflib.get_close_matches(name, self.releases, n=3) or [self.releases[-1]]
        earlier = [release for release in self.releases if Version(release) < wanted]
        later = [release for release in self.releases if Version(release) > wanted]
        return earlier[-2:] + later[:1]

    def at_least(self, release: str, other: str) -> bool:
        """Tell whether `release` is `other` or came after it."""
        return self._place(release) >= self._place(other)

    def _place(self, release: str) -> int:
        """Return the place in time of a release; a checkout's version has that of the release before it."""
        known = self._position.get(release)
        if known is None:
            wanted = Version(release)
            earlier = [place for one, place in self._position.items() if Version(one) <= wanted]
            known = self._position[release] = max(earlier, default=0)
        return known

    def step(self, release: str, dimension: str) -> Step | None:
        """Return the step that holds at `release`, None before the dimension's first."""
        found = None
        for step in self._data.dimensions[dimension].steps:
            if self.at_least(release, step.since):
                found = step
        return found

    def value(self, release: str, dimension: str) -> str:
        """Return the dimension's token at `release`, empty before its first step."""
        step = self.step(release, dimension)
        return step.value if step else ""

    def stand_in(self, release: str) -> str:
        """Return the release whose interface `release` has: itself, or where it is not known the one before.

        The sources of a checkout are indexed as those of any release; how its interface differs from that
        of the release before it nobody has read yet.
        """
        if release in self._position:
            return release
        wanted = Version(release)
        earlier = [one for one in self._position if Version(one) <= wanted]
        return earlier[-1] if earlier else next(iter(self._position))

    @property
    def groups(self) -> tuple[Group, ...]:
        """Every entry-point group that some release reads."""
        return tuple(self._data.groups.values())

    def groups_at(self, release: str) -> frozenset[str]:
        """Return the entry-point groups that `release` reads."""
        return frozenset(g.name for g in self._data.groups.values() if self.at_least(release, g.since))

    def group_since(self, group: str) -> str | None:
        """Return the first release that reads `group`, None where no release does."""
        return next((g.since for g in self._data.groups.values() if g.name == group), None)

    def module_exists(self, release: str, module: str) -> bool:
        """Tell whether the real release has `module` as Python source."""
        if module == "vllm._version":
            return True
        ranges = self._modules.get(module)
        return ranges is not None and self.in_ranges(ranges, release)

    def module_releases(self, module: str) -> tuple[str, ...]:
        """Return the releases that have `module`."""
        return tuple(release for release in self.releases if self.module_exists(release, module))

    def name_exists(self, release: str, module: str, name: str) -> bool | None:
        """Tell whether the real release binds `name` in `module`; None where the data does not say."""
        if not self.module_exists(release, module):
            return False
        names = self._names.get(module)
        if names is None:
            return None
        if self.module_exists(release, f"{module}.{name}"):
            return True
        return name in names and self.in_ranges(names[name], release)

    @functools.cached_property
    def _members(self) -> MembersByModule:
        """Read when a member is in question, which most plugins never get to."""
        return _read_ranges(self._directory / "interface" / "members.json", MembersByModule)

    def class_exists(self, release: str, class_name: str) -> bool:
        """Tell whether a class of that name is indexed for the real release."""
        return self._classes(release, class_name) is not None

    def member_exists(self, release: str, class_name: str, member: str) -> bool | None:
        """Tell whether a class of that name has `member` in the real release.

        None where none is indexed, or where it may inherit the member from a class that is not.
        """
        classes = self._classes(release, class_name)
        return classes.have(member) if classes else None

    def parameter_exists(self, release: str, callable_name: str, parameter: str) -> bool | None:
        """Tell whether `Class.method` or a function takes `parameter` in the real release; None as above."""
        class_name, _, function = callable_name.rpartition(".")
        classes = self._classes(release, class_name)
        return classes.accept(function, parameter) if classes else None

    def _classes(self, release: str, class_name: str) -> ClassesOfRelease | None:
        return classes_named(self._members, class_name, lambda ranges: self.in_ranges(ranges, release))

    def has_architecture(self, release: str, architecture: str) -> bool:
        """Tell whether the real release brings a model of that architecture itself."""
        found = False
        for step in self._architectures.get(architecture, ()):
            if self.at_least(release, step.since):
                found = step.model is not None
        return found

    @functools.cached_property
    def _architectures(self) -> dict[str, tuple[_ModelStep, ...]]:
        """Read when an architecture is in question, which of most plugins none is."""
        file = self._directory / "interface" / "tables" / "architectures.json"
        return _read_ranges(file, _ArchitecturesFile).models

    def covering_set(self, *, core: bool = True, since: str = OLDEST_WITH_PLUGINS) -> tuple[str, ...]:
        """Return few releases that show every value of every (core) dimension from `since` on, oldest first.

        The smallest set known that begins at or before `since`, without releases older than that.
        """
        kind = "core" if core else "all"
        starts = {name.partition(">=")[2]: releases for name, releases in self._data.covering_sets.items()
                  if name.startswith(f"{kind}>=")}  # fmt: skip
        start = max((s for s in starts if self.at_least(since, s)), key=self._position.__getitem__)
        return tuple(release for release in starts[start] if self.at_least(release, since))

    def in_ranges(self, ranges: str, release: str) -> bool:
        """Tell whether `release` is in text such as `0.5.3-0.6.2 0.7.0-`."""
        here = self._place(release)
        for part in ranges.split():
            first, _, last = part.partition("-")
            if self._position[first] <= here and (not last or here <= self._position[last]):
                return True
        return False


def core_directory() -> Path:
    """Return where the reference engine's project lies: in the package, or in its checkout.

    Raises `EngineError` when it is in neither place.
    """
    package = Path(str(resources.files("plugin_matrix")))
    for directory in (package / "data" / "core", package.parent.parent / "core"):
        if (directory / "interface_history.toml").is_file():
            return directory
    raise EngineError("The reference engine's sources are missing.", next_step="Install plugin-matrix again.")


def _read_ranges(file: Path, shape: type[Ranges]) -> Ranges:
    return msgspec.json.decode(file.read_bytes(), type=shape)
