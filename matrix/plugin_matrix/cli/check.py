"""`plugin-matrix check`: one plugin against every vLLM release, nothing installed and nothing run."""

import sys
from pathlib import Path

import click

from plugin_matrix.cli.store_options import store_option
from plugin_matrix.gate.surface import decide_surface
from plugin_matrix.model import Results
from plugin_matrix.report import FORMATS, rendered
from plugin_matrix.report.surface import EngineAnswer, answer_text, print_answer, print_explanations
from plugin_matrix.report.writing import write_atomically
from plugin_matrix.run.check import check_all, open_surface, releases_asked_for

TERMINAL = "terminal"
FORMAT_NAMES = (TERMINAL, *FORMATS)


@click.command()
@click.argument("plugins", nargs=-1, required=True, metavar="PLUGIN...")
@click.option(
    "--engines",
    multiple=True,
    metavar="RELEASES",
    help="Releases to judge: 0.13.0,0.33.0, '>=0.20', latest; all when left out.",
)
@click.option("--since", metavar="RELEASE", help="Only this release and those after it.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(FORMAT_NAMES),
    default=TERMINAL,
    show_default=True,
    help="What is written to standard output, or to --output.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write; the answer is printed as well.",
)
@click.option("--explain", "explained", is_flag=True, help="Explain each rule that was broken.")
@store_option
def check(
    plugins: tuple[str, ...],
    engines: tuple[str, ...],
    since: str | None,
    *,
    as_json: bool,
    format_name: str,
    output: Path | None,
    explained: bool,
    store: Path,
) -> None:
    """Say which vLLM releases each PLUGIN (a requirement, directory, wheel or sdist) breaks on, and why."""
    surface = open_surface(store)
    asked = releases_asked_for(surface.axis, engines, since)
    results = check_all(plugins, surface, asked, store=store)
    write_results_as("json" if as_json else format_name, results, output)
    if explained:
        print_explanations(results)
    sys.exit(decide_surface(results, asked_for=bool(engines or since)))


def write_results_as(
    format_name: str, results: Results, output: Path | None, engine: EngineAnswer | None = None
) -> None:
    """Write results to standard output; with `output` there, and the answer for people beside it.

    The answer is that for one `engine` where there is one.
    """
    if output is not None:
        told = format_name == TERMINAL
        content = answer_text(results, engine).encode() if told else rendered(results, format_name)
        write_atomically(output, content)
    if output is not None or format_name == TERMINAL:
        print_answer(results, engine)
    else:
        click.echo(rendered(results, format_name), nl=False)
    if output is not None:
        click.echo(f"wrote {output}")
