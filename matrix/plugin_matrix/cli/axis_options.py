"""Options of `run` and `plan` that say which cells there are."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., Any])
_OPTIONS = (
    click.option(
        "--with", "companions", multiple=True, metavar="PLUGIN", help="Install this beside each plugin."
    ),
    click.option(
        "--select", multiple=True, metavar="PATTERN", help="Only cells whose id, or a part of it, matches."
    ),
    click.option("--deselect", multiple=True, metavar="PATTERN", help="Not the cells that match."),
    click.option(
        "--beyond-declared", is_flag=True, help="Also run cells that the plugin's own metadata excludes."
    ),
)


def axis_options(command: _Command) -> _Command:
    """Give a command `--with`, `--select`, `--deselect` and `--beyond-declared`."""
    decorated: Any = command
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return] # click's options give back what they decorate
