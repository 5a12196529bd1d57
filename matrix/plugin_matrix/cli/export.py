"""`plugin-matrix export`: the matrix as a file of the tool that a plugin's project already has."""

from pathlib import Path

import click

from plugin_matrix.cli.gating import engines_of
from plugin_matrix.cli.settings import settings_options
from plugin_matrix.config import Settings
from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.errors import UsageError
from plugin_matrix.export import FORMATS, exported, place_of, project_in
from plugin_matrix.report.writing import write_atomically
from plugin_matrix.run.selection import COVERING, select_engines


@click.command()
@click.argument(
    "directory",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    default=Path(),
    metavar="[PROJECT]",
)
@click.option(
    "--format", "format_name", type=click.Choice(FORMATS), required=True, help="Whose file to write."
)
@click.option(
    "--shards",
    type=click.IntRange(1, 256),
    default=1,
    show_default=True,
    help="Machines for the cells of each platform (github, gitlab).",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="File to write, - for standard output; where the format's file belongs when left out.",
)
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@settings_options(("engines", "platforms"))
def export(
    directory: Path, *, format_name: str, shards: int, output: Path | None, force: bool, settings: Settings
) -> None:
    """Write a workflow, a pipeline, a tox.toml or a noxfile.py for PROJECT, from its settings."""
    history = InterfaceHistory.load()
    engines = select_engines(engines_of(settings, history.releases).terms or (COVERING,), history)
    project = project_in(directory, engines, settings.values.platforms)
    content = exported(format_name, project, shards=shards)
    if str(output) == "-":
        click.echo(content, nl=False)
        return
    path = output or directory / place_of(format_name)
    if path.exists() and not force and path.read_text(encoding="utf-8", errors="replace") != content:
        raise UsageError(
            f"{path} is there already, and is not what would be written.",
            next_step="See the difference with --output -, or replace it with --force.",
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, content.encode())
    click.echo(f"wrote {path}")
