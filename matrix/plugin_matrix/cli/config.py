"""`plugin-matrix config`: which settings are in force, where each came from, and what there is to set."""

import click
import msgspec

from plugin_matrix.cli.settings import RUN, settings_options
from plugin_matrix.config import Settings
from plugin_matrix.config.environment import variables
from plugin_matrix.config.schema import published_text


@click.group()
def config() -> None:
    """Show the settings of the project, or the schema of [tool.plugin-matrix]."""


@config.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@settings_options(RUN)
def show(*, as_json: bool, settings: Settings) -> None:
    """Print each setting with its source: default, file, environment or command line.

    Options given here show what they would do to `run` and `check`.
    """
    values = msgspec.to_builtins(settings.values)
    values["engines"] = settings.values.engine_terms
    rows = {
        key: (values["limits"][key.partition(".")[2]] if key.startswith("limits.") else values[key], origin)
        for key, origin in settings.origins.items()
    }
    if as_json:
        told = {
            key: {"value": value, "source": origin.source.value, "from": origin.name}
            for key, (value, origin) in rows.items()
        }
        click.echo(msgspec.json.format(msgspec.json.encode(told)))
        return
    texts = {key: msgspec.json.encode(value).decode() for key, (value, _) in rows.items()}
    width = max(len(f"{key} = {text}") for key, text in texts.items() if len(text) < 40)  # noqa: PLR2004
    for key, (_, origin) in rows.items():
        click.echo(f"{f'{key} = {texts[key]}':<{width}}  # {origin}")


@config.command()
def schema() -> None:
    """Print the JSON Schema of [tool.plugin-matrix]."""
    click.echo(published_text(), nl=False)


@config.command("variables")
def show_variables() -> None:
    """List the environment variables that stand for settings."""
    for variable, path in sorted(variables().items()):
        click.echo(f"{variable:<36} {'.'.join(path)}")
