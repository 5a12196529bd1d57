"""`plugin-matrix engines`: which engines there are."""

import click

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.run.selection import ALL, COVERING, select_engines


@click.command()
def engines() -> None:
    """List the engines a plugin can be judged on, with each release's date and Python."""
    history = InterfaceHistory.load()
    covering = set(select_engines([COVERING], history))
    for engine in select_engines([ALL], history):
        facts = history.release_facts[engine.release]
        mark = "  covering" if engine in covering else ""
        click.echo(f"{engine.id:<22} {facts.date}  Python {facts.requires_python}{mark}")
