"""`plugin-matrix store`: what the cache of environments and wheels holds, and making it smaller."""

from collections import defaultdict
from pathlib import Path

import click
from rich.table import Table

from plugin_matrix.cli.consoles import console_for_results
from plugin_matrix.cli.store_options import max_size_option, store_option
from plugin_matrix.model.size import size_text
from plugin_matrix.plugins.pruning import Entry, entries, prune, total
from plugin_matrix.plugins.store import Store


@click.group()
def store() -> None:
    """Show or prune the cache of environments and wheels."""


@store.command()
@store_option
def show(store: Path) -> None:
    """List how many entries of each kind the store holds, and their size."""
    found = entries(Store(store))
    by_kind: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in found:
        by_kind[entry.kind].append(entry)
    table = Table("kind", box=None, pad_edge=False)
    table.add_column("entries", justify="right")
    table.add_column("size", justify="right")
    for kind, of_kind in sorted(by_kind.items()):
        table.add_row(kind, str(len(of_kind)), size_text(total(tuple(of_kind))))
    table.add_row("together", str(len(found)), size_text(total(found)))
    click.echo(f"{store.absolute()}")
    console_for_results().print(table)


@store.command("prune")
@store_option
@max_size_option
def prune_store(store: Path, max_size: int) -> None:
    """Remove what was used least recently until the store is small enough; what a run uses stays."""
    pruned = prune(Store(store), max_size)
    click.echo(
        f"removed {len(pruned.removed)} entries, {size_text(total(pruned.removed))};"
        f" {len(pruned.kept)} stay, {size_text(total(pruned.kept))}"
    )
    if pruned.over:
        click.echo(f"{size_text(pruned.over)} more than asked: runs under way use them")
