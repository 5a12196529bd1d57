"""`plugin-matrix engines`: which engines there are."""

import click

from plugin_matrix.engines.history import InterfaceHistory


@click.command()
def engines() -> None:
    """List the engines a plugin can be judged on, with each release's date and Python."""
    history = InterfaceHistory.load()
    covering = set(history.covering_set())
    for release in history.plugin_releases:
        facts = history.releases[release]
        mark = "  covering" if release in covering else ""
        click.echo(f"reference-{release:<12} {facts.uploaded}  Python {facts.requires_python}{mark}")
