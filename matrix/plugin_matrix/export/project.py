"""What of a plugin's project goes into the files that are written for it."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.engines.interpreters import parse_platform
from plugin_matrix.errors import NothingToCheckError, UsageError
from plugin_matrix.model import Accelerator, Engine, Platform
from plugin_matrix.rules.applicability import applicability
from plugin_matrix.rules.requirements import admits_python
from plugin_matrix.run.giving import meant_for, static_plugin

DEFAULT_PYTHON = "3.12"
"""The newest that every real release since 0.7.0 supports."""
TOOL_PYTHON = ">=3.11"
_TESTS = ("test", "tests", "testing", "dev")


class Pair(msgspec.Struct, frozen=True):
    """A Python and an engine that the project is meant for together."""

    python: str
    engine: str

    @property
    def factor(self) -> str:
        """As a name of a tox env begins: `py312`."""
        return f"py{self.python.replace('.', '')}"


class Base(msgspec.Struct, frozen=True):
    """A platform and whether plugin-matrix itself runs on its Python."""

    id: str
    python: str
    runs_tool: bool


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """A project as the templates see it."""

    pythons: tuple[str, ...]
    """Of the platforms, oldest first."""
    platforms: tuple[Base, ...]
    pairs: tuple[Pair, ...]
    group: str
    """The dependency group that its tests need, or nothing."""
    extra: str
    """The extra that its tests need, where there is no group."""


def project_in(directory: Path, engines: tuple[Engine, ...], platforms: tuple[str, ...]) -> Project:
    """Return the project in `directory` on engines and platforms; raises `PluginMatrixError`.

    Without platforms it is Python 3.12 on CPU. Engines that it does not declare to work on are left out.
    """
    pyproject = _pyproject(directory)
    chosen = tuple(map(parse_platform, platforms)) or (Platform(Accelerator.CPU, DEFAULT_PYTHON),)
    pythons = tuple(dict.fromkeys(platform.python for platform in chosen))
    history = InterfaceHistory.load()
    plugin = static_plugin(directory)
    fitting = meant_for(plugin, engines, history)
    pairs = tuple(
        Pair(python, engine.id)
        for python in pythons
        for engine in fitting
        if plugin is None
        or not any(applicability(plugin, engine, Platform(Accelerator.CPU, python), history))
    )
    if not pairs:
        raise NothingToCheckError(
            f"The project in {directory} declares to work on none of {len(engines)} engines with Python"
            f" {', '.join(pythons)}.",
            next_step="Name others in [tool.plugin-matrix]: engines, platforms.",
        )
    groups = pyproject.get("dependency-groups", {})
    extras = pyproject.get("project", {}).get("optional-dependencies", {})
    group = next((name for name in _TESTS if name in groups), "")
    return Project(
        pythons=pythons,
        platforms=tuple(Base(one.id, one.python, admits_python(TOOL_PYTHON, one.python)) for one in chosen),
        pairs=pairs,
        group=group,
        extra="" if group else next((name for name in _TESTS if name in extras), ""),
    )


def _pyproject(directory: Path) -> Mapping[str, Any]:
    path = directory / "pyproject.toml"
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(
            f"{path} cannot be read: {error}.", next_step="Name the directory of the plugin's pyproject.toml."
        ) from error
