"""nox sessions that have an engine: a plugin's own tests over the matrix.

import nox
from plugin_matrix.nox import engine_session

@engine_session()
def tests(session, engine):
session.install("pytest", ".")
session.run("pytest")
"""

import functools
import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import nox
from nox.virtualenv import VirtualEnv

from plugin_matrix.cli.gating import engines_of
from plugin_matrix.config import load_settings
from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.errors import NothingToCheckError, PluginMatrixError
from plugin_matrix.plugins.store import default_store
from plugin_matrix.rules.catalogue import catalogue
from plugin_matrix.run.giving import EnginePythonError, give_engine, meant_for, static_plugin
from plugin_matrix.run.selection import COVERING, select_engines

Session = Callable[..., None]


def engine_session(*engines: str, torch: bool = True, **options: Any) -> Callable[[Session], Any]:
    """Make a function a nox session for each of `engines`, which its environment has when it begins.

    An engine is what `--engines` of `plugin-matrix run` takes: `reference-0.33.0`, `latest`, `>=0.26`.
    Without any, those of [tool.plugin-matrix] or else the covering set, as far as the project here declares
    to work on them. `options` are those of `nox.session`. The function is called with the session and, where
    it has a parameter `engine`, with the engine's id. A session whose Python the engine does not support is
    skipped.
    """

    def decorate(function: Session) -> Any:
        wants_engine = "engine" in inspect.signature(function).parameters

        @functools.wraps(function)
        def session(session: nox.Session, engine: str) -> None:
            install_engine(session, engine, torch=torch)
            if wants_engine:
                function(session, engine=engine)
            else:
                function(session)

        # nox asks for the signature; that of the wrapped function need not have the parameter.
        del session.__wrapped__
        ids = [nox.param(name, id=name, tags=[name]) for name in engine_ids(*engines)]
        return nox.session(**options)(nox.parametrize("engine", ids)(session))

    return decorate


def install_engine(session: nox.Session, engine: str, *, torch: bool = True) -> None:
    """Give the session's environment an engine by name, in place of one it had; call it before `install`."""
    if not isinstance(session.virtualenv, VirtualEnv):
        session.error("An engine needs a virtual environment: venv_backend='virtualenv', 'venv' or 'uv'.")
    try:
        given = give_engine(engine, Path(session.virtualenv.location), default_store(), torch=torch)
    except EnginePythonError as error:
        session.skip(error.message)
    except PluginMatrixError as error:
        session.error(str(error))
    session.env.update(given.variables)
    if given.torch_problem:
        session.warn(f"without torch: {given.torch_problem}")
    session.log(f"vLLM here is {given.engine.id}")


def engine_ids(*terms: str, directory: Path | None = None) -> list[str]:
    """Return the ids of the engines that `terms` name, or else of those of the project in `directory`.

    Raises `PluginMatrixError`.
    """
    history = InterfaceHistory.load()
    if terms:
        return [engine.id for engine in select_engines(terms, history)]
    directory = directory or Path.cwd()
    settings = load_settings(directory=directory, rules=tuple(catalogue()))
    chosen = engines_of(settings, history.releases).terms or (COVERING,)
    found = meant_for(static_plugin(directory), select_engines(chosen, history), history)
    if not found:
        raise NothingToCheckError(
            f"The project in {directory} requires what excludes each of the engines {', '.join(chosen)}.",
            next_step="Name engines that it declares to work on.",
        )
    return [engine.id for engine in found]


__all__: Sequence[str] = ("engine_ids", "engine_session", "install_engine")
