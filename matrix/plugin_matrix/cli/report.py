"""`plugin-matrix report`: render a results file again."""

from pathlib import Path

import click

from plugin_matrix.cli.consoles import console_for_results
from plugin_matrix.report import FORMATS, print_results, read_results, render


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(FORMATS),
    help="Formats to write; all when left out.",
)
@click.option("--directory", type=click.Path(path_type=Path), default=Path("reports"), show_default=True)
def report(results: Path, formats: tuple[str, ...], directory: Path) -> None:
    """Render RESULTS (a results.json) again."""
    document = read_results(results)
    print_results(document, console_for_results())
    for path in render(document, directory, formats or FORMATS):
        click.echo(f"wrote {path}")
