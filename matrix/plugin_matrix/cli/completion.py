"""`plugin-matrix completion`: what a shell needs to complete commands, options and their values."""

import click
from click.shell_completion import get_completion_class

from plugin_matrix.errors import UsageError

_PROGRAM = "plugin-matrix"
_VARIABLE = "_PLUGIN_MATRIX_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script for SHELL.

    For bash: `plugin-matrix completion bash > ~/.local/share/bash-completion/completions/plugin-matrix`.
    """
    found = get_completion_class(shell)
    if found is None:
        raise UsageError(f"click completes nothing for {shell}.", next_step="Use bash, zsh or fish.")
    made = found(context.find_root().command, {}, _PROGRAM, _VARIABLE)
    click.echo(made.source())
