"""Options that stand for settings of the project; commands get all settings, whatever their source."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, get_args

import click

from plugin_matrix import config
from plugin_matrix.config import load_settings, resolved
from plugin_matrix.config.model import LevelName
from plugin_matrix.model.size import parse_size
from plugin_matrix.rules.catalogue import catalogue
from plugin_matrix.sandbox import Limits

_Command = TypeVar("_Command", bound=Callable[..., Any])

_OPTIONS: dict[str, tuple[str, Callable[[Callable[..., Any]], Callable[..., Any]]]] = {
    "engines": (
        "engines",
        click.option(
            "--engines",
            multiple=True,
            metavar="RELEASES",
            help="`covering`, `latest`, `all`, releases (0.13.0,0.33.0), a specifier ('>=0.20'), or declared,"
            " last-minors=6, supported-days=180. When left out: covering for `run`, all for `check`.",
        ),
    ),
    "platforms": (
        "platforms",
        click.option(
            "--platforms",
            multiple=True,
            metavar="ID",
            help="For example cpu-py311; this Python when left out.",
        ),
    ),
    "sandbox": (
        "sandbox",
        click.option(
            "--sandbox",
            type=click.Choice(["auto", "container", "process"]),
            help="Where plugins run; `auto`: in containers where an engine and the image are there.",
        ),
    ),
    "memory": (
        "limits.memory",
        click.option(
            "--memory",
            type=click.IntRange(128),
            metavar="MIB",
            help="Memory of all processes of a cell together.",
        ),
    ),
    "scenario_seconds": (
        "limits.scenario_seconds",
        click.option(
            "--scenario-seconds",
            type=click.FloatRange(1, 3600),
            help="A plugin that has not returned by then hangs.",
        ),
    ),
    "stub": (
        "stub",
        click.option(
            "--stub",
            multiple=True,
            metavar="MODULE",
            help="Where this top-level module is absent, for example torch_npu, a recording stand-in takes"
            " its place.",
        ),
    ),
    "stub_missing": (
        "stub_missing",
        click.option(
            "--stub-missing/--no-stub-missing",
            default=None,
            help="So for every absent module that the plugin cannot do without.",
        ),
    ),
    "select_rules": (
        "select",
        click.option(
            "--select-rules", multiple=True, metavar="PREFIX", help="Tell only these rules: PM2, PM605."
        ),
    ),
    "ignore_rules": (
        "ignore",
        click.option("--ignore-rules", multiple=True, metavar="PREFIX", help="Do not tell these rules."),
    ),
    "gate": (
        "gate",
        click.option(
            "--gate",
            type=click.Choice(["new", "all", "none"]),
            help="Which findings fail: `new` (left out, with a baseline), `all` (left out, without), `none`.",
        ),
    ),
    "fail_on": (
        "fail_on",
        click.option(
            "--fail-on",
            type=click.Choice(get_args(LevelName)),
            help="Lowest level that fails; error if left out.",
        ),
    ),
    "baseline": (
        "baseline",
        click.option(
            "--baseline",
            type=click.Path(dir_okay=False),
            help="File that `baseline update` wrote: what is known already.",
        ),
    ),
}
"""By parameter: the setting it stands for, and the option."""

GATE = ("gate", "fail_on", "baseline")
RULES = ("select_rules", "ignore_rules")
RUN = ("engines", "platforms", "sandbox", "memory", "scenario_seconds", "stub", "stub_missing", *RULES, *GATE)
ENGINE = (*RULES, "gate", "fail_on")
CHECK = ("engines", *RULES, *GATE)


def settings_options(names: tuple[str, ...]) -> Callable[[_Command], _Command]:
    """Give a command the options `names` and `--config`, and in their place one argument, `settings`."""

    def decorate(command: _Command) -> _Command:
        @wraps(command)
        def with_settings(*, config_file: Path | None, **arguments: Any) -> Any:
            given = {_OPTIONS[name][0]: arguments.pop(name) for name in names}
            if given.get("limits.memory"):
                given["limits.memory"] = f"{given['limits.memory']}MiB"
            rules = tuple(catalogue())
            settings = resolved(load_settings(file=config_file, rules=rules), given, rules)
            return command(settings=settings, **arguments)

        decorated: Any = with_settings
        config_option = click.option(
            "--config",
            "config_file",
            type=click.Path(path_type=Path, dir_okay=False),
            envvar="PLUGIN_MATRIX_CONFIG",
            help="The pyproject.toml with [tool.plugin-matrix]; the nearest one upwards when left out.",
        )
        for option in (config_option, *(_OPTIONS[name][1] for name in reversed(names))):
            decorated = option(decorated)
        return decorated  # type: ignore[no-any-return] # click's options give back what they decorate

    return decorate


def limits_of(stated: config.Limits) -> Limits:
    """Return the sandbox's limits as the project states them."""
    return Limits(
        wall_seconds=stated.wall_seconds,
        memory_bytes=parse_size(stated.memory),
        processes=stated.processes,
        scratch_bytes=parse_size(stated.scratch),
        output_bytes=parse_size(stated.output),
    )
