"""Build backends: what a project asks for, what it is given, and the words with which it is run elsewhere.

A backend is the plugin author's code. What it needs is installed here; where it runs is a sandbox's affair.
"""

import datetime as dt
import hashlib
import sys
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
from packaging.requirements import InvalidRequirement, Requirement

from plugin_matrix.errors import PluginError
from plugin_matrix.plugins.indexes import PackageSources
from plugin_matrix.plugins.store import Store
from plugin_matrix.plugins.uv import run_uv

KIND = "build-requirements"
INSTALL_SECONDS = 300.0
_MOST_REQUIREMENTS = 100


class BuildSystem(msgspec.Struct, frozen=True, rename="kebab"):
    """`[build-system]` of a project (PEP 517, PEP 518)."""

    requires: tuple[str, ...] = ("setuptools>=40.8.0",)
    build_backend: str = "setuptools.build_meta:__legacy__"
    backend_path: tuple[str, ...] = ()


class BuildTask(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a backend: it makes a wheel, or says what it needs first."""

    system: BuildSystem
    tree: Path
    """The project, only to be read."""
    requirements: Path
    """Directory with what the backend was given."""
    complete: bool
    """The backend was asked for its needs before and has got them."""
    repository: Path | None = None
    """The git directory the tree is a copy of, for versions taken from it."""


class BuildDone(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: a wheel, or needs, or trouble."""

    wheel: bytes = b""
    name: str = ""
    """File name of the wheel."""
    needs: tuple[str, ...] = ()
    trouble: str = ""
    """Why there is neither, in words for people."""


RunBackend = Callable[[BuildTask], BuildDone]


def build_system(tree: Path, name: str) -> BuildSystem:
    """Read `[build-system]`; raises `PluginError` where it is broken."""
    file = tree / "pyproject.toml"
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        return msgspec.convert(tables.get("build-system", {}), BuildSystem)
    except (OSError, ValueError) as error:
        raise PluginError(
            f"The pyproject.toml of {name} is broken: {error}", next_step="Correct its [build-system] table."
        ) from error


def run_backend(
    tree: Path, name: str, sources: PackageSources, store: Store, run: RunBackend, repository: Path | None
) -> BuildDone:
    """Give the project's backend what it asks for and have it make the wheel; raises `PluginError`."""
    system = build_system(tree, name)
    done = BuildDone()
    wanted = system.requires
    for complete in (False, True):
        task = BuildTask(
            system=system,
            tree=tree,
            requirements=provide_requirements(wanted, name, sources, store),
            complete=complete,
            repository=repository,
        )
        done = run(task)
        if done.trouble:
            raise PluginError(
                f"No wheel can be built from {name}: its build backend {system.build_backend} {done.trouble}",
                next_step=f"See that `uv build --wheel {name}` works without a network, or name a wheel.",
            )
        if done.name:
            return done
        wanted = (*system.requires, *_checked(done.needs, name))
    raise PluginError(f"No wheel can be built from {name}: its build backend asks for more and more.")


def provide_requirements(
    requirements: Iterable[str], name: str, sources: PackageSources, store: Store
) -> Path:
    """Return a directory with what a backend requires, wheels only; made once a day for the same list."""
    wanted = sorted(_checked(requirements, name))
    today = dt.datetime.now(dt.UTC).date().isoformat()
    content = "\0".join([today, sys.version, *sources.uv_arguments(), *wanted])

    def make(path: Path) -> None:
        path.mkdir()
        if not wanted:
            return
        listing = path.with_name("requirements.txt")
        listing.write_text("".join(f"{one}\n" for one in wanted))
        # What has no wheel would have to be built: by another backend, which nobody asked for.
        arguments = ["pip", "install", "--python", sys.executable, "--target", str(path), "--quiet"]
        result = run_uv(
            [*arguments, "--only-binary", ":all:", *sources.uv_arguments(), "-r", str(listing)],
            directory=path.parent,
            seconds=INSTALL_SECONDS,
            variables={"SSL_CERT_FILE": sources.certificates} if sources.certificates else {},
        )
        if not result.ok:
            raise PluginError(
                f"What the build of {name} requires cannot be installed: {result.reason}.",
                next_step="See that a package index is reachable, or name a wheel.",
            )

    return store.entry(KIND, hashlib.sha256(content.encode()).hexdigest()[:32], make)


def _checked(requirements: Iterable[str], name: str) -> tuple[str, ...]:
    """Return requirements as an index is asked for them: no paths, no addresses, not without number."""
    checked: list[str] = []
    for text in requirements:
        try:
            requirement = Requirement(text)
        except InvalidRequirement as error:
            raise PluginError(
                f"The build of {name} requires {ascii(text)[:100]}, which is no requirement."
            ) from error
        if requirement.url or len(checked) >= _MOST_REQUIREMENTS:
            raise PluginError(
                f"The build of {name} requires {ascii(text)[:100]}, which is not installed:"
                f" it is an address, or there are more than {_MOST_REQUIREMENTS}.",
                next_step="Name a wheel.",
            )
        checked.append(str(requirement))
    return tuple(checked)
