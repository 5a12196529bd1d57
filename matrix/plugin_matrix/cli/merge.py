"""`plugin-matrix merge`: the parts of a split run become one document."""

from pathlib import Path

import click

from plugin_matrix.report import read_results, write_results
from plugin_matrix.report.joining import Part, joined


@click.command()
@click.argument("parts", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PART...")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("results.json"),
    show_default=True,
    help="File to write.",
)
def merge(parts: tuple[Path, ...], output: Path) -> None:
    """Join the PARTs (each a results.json) of a split run into one results.json."""
    results = joined([Part(str(path), read_results(path)) for path in parts])
    write_results(results, output)
    click.echo(
        f"wrote {output}: {len(results.plugins)} plugins, {results.totals.cells} cells,"
        f" {len(results.surface)} checks of source"
    )
