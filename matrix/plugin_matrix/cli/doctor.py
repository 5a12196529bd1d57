"""`plugin-matrix doctor`: what a newcomer's machine lacks, and the command that mends it."""

import sys
from pathlib import Path

import click
import msgspec
from rich.table import Table

from plugin_matrix.cli.consoles import console_for_results
from plugin_matrix.cli.store_options import store_option
from plugin_matrix.errors import ExitCode
from plugin_matrix.run.examination import Examination, State, examine


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@store_option
def doctor(*, as_json: bool, store: Path) -> None:
    """Say what this machine has for running a matrix, what it lacks, and how to mend it.

    Exits 0 when a matrix can be run, be it without containers or without torch, and 4 when it cannot.
    """
    examination = examine(store)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(examination)))
    else:
        _print(examination)
    if not examination.can_run:
        sys.exit(ExitCode.UNDETERMINED)


def _print(examination: Examination) -> None:
    table = Table("", "what", "found", box=None, pad_edge=False, show_header=False)
    table.columns[2].overflow = "fold"
    styles = {State.OK: "green", State.MISSING: "red", State.LIMITED: "yellow"}
    for check in examination.checks:
        lead = "more" if check.state is State.OK else "mend it"
        mend = f"\n{lead}: {check.mend}" if check.mend else ""
        table.add_row(
            f"[{styles[check.state]}]{check.state.value}[/]", check.name, _plain(check.found + mend)
        )
    console_for_results().print(table)
    if not examination.can_run:
        click.echo("A matrix cannot be run yet: mend what is missing.")
    elif examination.containers:
        click.echo("A matrix can be run, in containers.")
    else:
        click.echo("A matrix can be run, in the process sandbox; not in containers.")


def _plain(text: str) -> str:
    return text.replace("[", "\\[")
