"""`plugin-matrix check`: one plugin against every vLLM release, nothing installed and nothing run."""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TypeVar

import click

from plugin_matrix.cli.gating import decided, engines_of, policy_of, today, told_decision
from plugin_matrix.cli.index_age import tell_old_index
from plugin_matrix.cli.settings import CHECK, limits_of, settings_options
from plugin_matrix.cli.store_options import store_option
from plugin_matrix.config import Settings, Source
from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.model import Results
from plugin_matrix.report import FORMATS, rendered
from plugin_matrix.report.surface import EngineAnswer, answer_text, print_answer, print_explanations
from plugin_matrix.report.writing import write_atomically
from plugin_matrix.rules.static.witnessing import RunPrograms
from plugin_matrix.run.check import check_all, open_surface, releases_asked_for
from plugin_matrix.run.selection import release_terms

Command = TypeVar("Command", bound=Callable[..., None])
TERMINAL = "terminal"
FORMAT_NAMES = (TERMINAL, *FORMATS)


def answer_options(command: Command) -> Command:
    """Give a command the options that say how and where its answer is told."""
    for option in reversed(_ANSWER_OPTIONS):
        command = option(command)
    return command


_ANSWER_OPTIONS = (
    click.option("--json", "as_json", is_flag=True, help="The same as --format json."),
    click.option(
        "--format",
        "format_name",
        type=click.Choice(FORMAT_NAMES),
        default=TERMINAL,
        show_default=True,
        help="What is written to standard output, or to --output.",
    ),
    click.option(
        "--output",
        type=click.Path(path_type=Path, dir_okay=False),
        help="File to write; the answer is printed as well.",
    ),
    click.option("--explain", "explained", is_flag=True, help="Explain each rule that was broken."),
    store_option,
)


@click.command()
@click.argument("plugins", nargs=-1, required=True, metavar="PLUGIN...")
@click.option("--since", metavar="RELEASE", help="Only this release and those after it.")
@click.option(
    "--confirm",
    is_flag=True,
    help="Show each error on real releases: the smallest program that should fail is run, in a sandbox.",
)
@answer_options
@settings_options((*CHECK, "sandbox"))
def check(  # noqa: PLR0913 - one parameter an option, that is click's way
    plugins: tuple[str, ...],
    since: str | None,
    *,
    confirm: bool,
    as_json: bool,
    format_name: str,
    output: Path | None,
    explained: bool,
    store: Path,
    settings: Settings,
) -> None:
    """Say which vLLM releases each PLUGIN (a requirement, directory, wheel or sdist) breaks on, and why."""
    policy = policy_of(settings)
    surface = open_surface(store)
    chosen = engines_of(settings, surface.axis.releases)
    engines = release_terms(chosen.terms, InterfaceHistory.load())
    asked = releases_asked_for(surface.axis, engines, since)
    named = settings.origins["engines"].source in {Source.COMMAND_LINE, Source.ENVIRONMENT}
    with _running(settings, store) if confirm else nullcontext() as run:
        found = check_all(plugins, surface, asked, store=store, asked_for=bool(named or since), run=run)
    results = decided(found, settings, policy)
    write_results_as("json" if as_json else format_name, results, output)
    if explained:
        print_explanations(results)
    machine = output is None and (as_json or format_name != TERMINAL)
    if settings.values.notice and not machine:
        tell_old_index(store, today())
    sys.exit(told_decision(results, settings, err=machine))


def _running(settings: Settings, store: Path) -> AbstractContextManager[RunPrograms]:
    """Give what runs programs on the releases themselves."""
    # A check that runs nothing has no use for what runs things.
    from plugin_matrix.engines.interpreters import default_platforms, parse_platform  # noqa: PLC0415
    from plugin_matrix.run.sandboxes import Choice  # noqa: PLC0415
    from plugin_matrix.run.witnesses import on_releases  # noqa: PLC0415

    values = settings.values
    platform = next((parse_platform(one) for one in values.platforms), None) or default_platforms()[0]
    return on_releases(platform, store, Choice(values.sandbox), limits_of(values.limits), _told)


def _told(text: str) -> None:
    click.echo(text, err=True)


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
