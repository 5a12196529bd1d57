"""`plugin-matrix report`: render a results file again."""

import sys
from pathlib import Path

import click

from plugin_matrix.cli.consoles import console_for_results
from plugin_matrix.cli.saying import say
from plugin_matrix.errors import UsageError
from plugin_matrix.report import FORMATS, print_results, read_results, render, rendered
from plugin_matrix.report.decision import decision_text
from plugin_matrix.report.writing import write_atomically

_TERMINAL = "terminal"


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice((_TERMINAL, *FORMATS)),
    help="Formats to write; the terminal's and all files when left out.",
)
@click.option("--directory", type=click.Path(path_type=Path), default=Path("reports"), show_default=True)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="File for the one --format that is given, instead of --directory; - is standard output.",
)
def report(results: Path, formats: tuple[str, ...], directory: Path, output: Path | None) -> None:
    """Render RESULTS (a results.json) again."""
    document = read_results(results)
    if output is not None:
        if len(formats) != 1 or formats[0] == _TERMINAL:
            raise UsageError(
                "With --output one --format is written.", next_step=f"Give one of {', '.join(FORMATS)}."
            )
        content = rendered(document, formats[0])
        if str(output) == "-":
            sys.stdout.buffer.write(content)
        else:
            write_atomically(output, content)
        return
    if not formats or _TERMINAL in formats:
        print_results(document, console_for_results())
        if document.decision is not None:
            say(decision_text(document.decision))
    for path in render(document, directory, [name for name in formats or FORMATS if name != _TERMINAL]):
        click.echo(f"wrote {path}")
