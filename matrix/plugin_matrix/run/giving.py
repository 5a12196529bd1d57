"""An engine by name for an environment of somebody else's, and the engines that a project is meant for."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.engines.installing import install_engine, platform_of
from plugin_matrix.errors import PluginError, UsageError
from plugin_matrix.model import Accelerator, Engine, Platform, Plugin
from plugin_matrix.plugins.project import StaticProject, read_project
from plugin_matrix.plugins.store import Store
from plugin_matrix.rules.applicability import applicability
from plugin_matrix.rules.requirements import PYTHONS, admits_python
from plugin_matrix.run.selection import select_engine


class EnginePythonError(UsageError):
    """The engine does not support the Python of the environment it is to be given to."""


class Given(msgspec.Struct, frozen=True):
    """What an environment was given."""

    engine: Engine
    torch_problem: str
    """Why it has no torch although it was asked for."""
    variables: dict[str, str]
    """Environment variables that the engine needs where it runs."""


def give_engine(name: str, venv: Path, store: Path, *, torch: bool = True) -> Given:
    """Give the engine called `name` (`reference-0.33.0`, `0.33.0`, `latest`) to the environment `venv`.

    Raises `EnginePythonError`, `UnknownEngineError` and what `install_engine` raises.
    """
    history = InterfaceHistory.load()
    engine = select_engine(name, history)
    python = platform_of(venv).python
    wanted = history.facts_of(engine.release).requires_python
    if not admits_python(wanted, python):
        raise EnginePythonError(
            f"vLLM {engine.release} does not support Python {python}.",
            next_step=f"Use a Python in {wanted}, or another engine.",
        )
    with Store(store).in_use():
        environment = install_engine(engine, venv, store, torch=torch)
    return Given(engine, environment.torch_problem, environment.variables)


def static_plugin(directory: Path) -> Plugin | None:
    """Return what the project in `directory` says of itself without being built; None where it does not."""
    try:
        project = read_project(directory, str(directory))
    except PluginError:
        return None
    return project.plugin if isinstance(project, StaticProject) else None


def meant_for(
    plugin: Plugin | None, engines: Iterable[Engine], history: InterfaceHistory
) -> tuple[Engine, ...]:
    """Return the engines that `plugin` is meant for on some Python; all where nothing is known of it."""
    if plugin is None:
        return tuple(engines)
    platforms = [Platform(Accelerator.CPU, python) for python in PYTHONS]
    return tuple(
        engine
        for engine in engines
        if any(not any(applicability(plugin, engine, platform, history)) for platform in platforms)
    )
