"""What each real release of vLLM needs beside its own files, and which cannot run: data with reasons.

The data lies in `data/engines.toml` and `data/bases/`.
"""

import functools
import tomllib
from importlib.resources import files
from pathlib import Path

import msgspec
from packaging.version import Version

from plugin_matrix.errors import EngineError, UnknownEngineError
from plugin_matrix.model import Engine, EngineKind

DATA = Path(str(files("plugin_matrix"))) / "data"


class _Ranged(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that holds from one release to another, both included."""

    first: str
    last: str | None = None
    """The newest there is when left out."""
    reason: str

    def holds(self, version: Version) -> bool:
        """Tell whether it holds for a version, development versions and local ones included."""
        return Version(self.first) <= version and (self.last is None or version <= Version(self.last))


class BasePackages(_Ranged, frozen=True, kw_only=True):
    """Third-party packages that a range of releases shares."""

    name: str
    until: str | None = None
    """Day (ISO 8601) up to which packages are taken when the lock is renewed."""
    undated: tuple[str, ...] = ()
    """Packages that `until` does not hold for: the index has no day of a release that is needed."""
    preload: tuple[str, ...] = ()
    """Modules that importing vLLM brings, of other projects, which a process may import beforehand."""

    @property
    def requirements(self) -> Path:
        """What is wanted, with the bounds that the releases state."""
        return DATA / "bases" / f"{self.name}.in"

    @property
    def lock(self) -> Path:
        """What is installed: every package with its version and hashes."""
        return DATA / "bases" / f"{self.name}.txt"


class Variable(_Ranged, frozen=True, kw_only=True):
    """An environment variable that releases need to run here."""

    name: str
    value: str
    kind: EngineKind | None = None
    """The kind of engine that needs it; every kind when left out."""


class Edit(_Ranged, frozen=True, kw_only=True):
    """A change to one of a release's own files, without which it cannot be imported here."""

    file: str
    old: str
    new: str


class OtherVersion(_Ranged, frozen=True, kw_only=True):
    """A release that calls itself otherwise than the package index does."""

    version: str
    """What it says in `vllm.__version__`, without a local part."""


class Unable(_Ranged, frozen=True, kw_only=True):
    """Releases that cannot run here."""


class CpuBuilds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The published builds for CPUs that run here."""

    releases: tuple[str, ...]
    reason: str


class Needs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """What real engines need."""

    bases: tuple[BasePackages, ...]
    variables: tuple[Variable, ...]
    edits: tuple[Edit, ...]
    versions: tuple[OtherVersion, ...]
    unable: tuple[Unable, ...]
    cpu_builds: CpuBuilds

    @classmethod
    @functools.cache
    def load(cls) -> "Needs":
        """Return the data of this installation; raises `EngineError` when it is not whole."""
        try:
            return msgspec.convert(tomllib.loads((DATA / "engines.toml").read_text("utf-8")), cls)
        except (OSError, ValueError) as error:
            raise EngineError(
                f"What real engines need cannot be read: {error}.", next_step="Install plugin-matrix again."
            ) from error

    def base_of(self, engine: Engine) -> BasePackages:
        """Return the packages that an engine runs with; raises `EngineError` for one that cannot run."""
        version = engine.version
        unable = next((one for one in self.unable if one.holds(version)), None)
        if unable is not None and engine.kind is EngineKind.RELEASE:
            raise EngineError(f"vLLM {engine.release} cannot run here: {unable.reason}")
        found = [base for base in self.bases if base.holds(version)]
        if not found:
            raise EngineError(
                f"vLLM {engine.release} is older than every release that can run.",
                next_step=f"The oldest is {self.bases[0].first}.",
            )
        return found[-1]

    def variables_of(self, engine: Engine) -> dict[str, str]:
        """Return the environment variables that an engine needs."""
        return {
            one.name: one.value
            for one in self.variables
            if one.holds(engine.version) and one.kind in {None, engine.kind}
        }

    def edits_of(self, engine: Engine) -> tuple[Edit, ...]:
        """Return the changes to a release's own files."""
        return tuple(one for one in self.edits if one.holds(engine.version))

    def version_told(self, engine: Engine) -> str:
        """Return what the engine calls itself, without a local part."""
        found = (one.version for one in self.versions if one.holds(engine.version))
        return next(found, engine.version.public)

    def cpu_build(self, release: str) -> None:
        """Raise `UnknownEngineError` unless there is a build of `release` for CPUs that runs here."""
        if release not in self.cpu_builds.releases:
            raise UnknownEngineError(
                f"There is no build for CPUs of vLLM {release} that runs here: {self.cpu_builds.reason}",
                next_step=f"There are {', '.join(self.cpu_builds.releases)}.",
            )
