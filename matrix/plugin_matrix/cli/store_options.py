"""Options about the store that several commands have."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from plugin_matrix.model.size import parse_size, size_text
from plugin_matrix.plugins.store import DEFAULT_BYTES, default_store

_Command = TypeVar("_Command", bound=Callable[..., Any])


if TYPE_CHECKING:
    _NumberType = click.ParamType[int]
else:
    _NumberType = click.ParamType  # takes a type only since click 8.4


class Size(_NumberType):
    """A number of bytes, written like 10GiB."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the bytes."""
        try:
            return value if isinstance(value, int) else parse_size(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


def _size_option(name: str, help_text: str) -> Callable[[_Command], _Command]:
    return click.option(
        name,
        type=Size(),
        default=size_text(DEFAULT_BYTES),
        show_default=True,
        envvar="PLUGIN_MATRIX_STORE_SIZE",
        metavar="SIZE",
        help=help_text,
    )


store_option = click.option(
    "--store",
    type=click.Path(file_okay=False, path_type=Path),
    default=default_store,
    envvar="PLUGIN_MATRIX_STORE",
    help="Cache of environments and wheels.",
)
store_size_option = _size_option(
    "--store-size", "What the store may hold after the run; what was used least recently goes first."
)
max_size_option = _size_option("--max-size", "What the store may hold afterwards.")
