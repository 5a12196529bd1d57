"""`plugin-matrix check-engine`: which plugins a release or a checkout of vLLM breaks."""

import sys
from pathlib import Path

import click

from plugin_matrix.cli.check import answer_options, write_results_as
from plugin_matrix.errors import NothingToCheckError
from plugin_matrix.gate.surface import decide_engine
from plugin_matrix.plugins.known import known_plugins
from plugin_matrix.report.surface import EngineAnswer, print_explanations
from plugin_matrix.run.check import check_all
from plugin_matrix.run.check_engine import engine_in_question


@click.command("check-engine")
@click.argument("engine", metavar="RELEASE|PATH")
@click.argument("plugins", nargs=-1, metavar="PLUGIN...")
@click.option(
    "--all-known", is_flag=True, help="Every published plugin that is known, at its newest release."
)
@click.option("--name", "version", metavar="VERSION", help="What to call the checkout, if it does not say.")
@answer_options
def check_engine(  # noqa: PLR0913 - one parameter an option, that is click's way
    engine: str,
    plugins: tuple[str, ...],
    *,
    all_known: bool,
    version: str | None,
    as_json: bool,
    format_name: str,
    output: Path | None,
    explained: bool,
    store: Path,
) -> None:
    """Say which of the PLUGINs break on one vLLM RELEASE, or on the checkout at PATH, and why.

    What breaks there and not on the release before it comes first.
    """
    sources = (*plugins, *(known.name for known in known_plugins())) if all_known else plugins
    if not sources:
        raise NothingToCheckError("No plugin is named.", next_step="Name plugins, or give --all-known.")
    with engine_in_question(engine, store, version) as asked:
        results = check_all(sources, asked.surface, asked.mask, store=store, progress=_progress)
    answer = EngineAnswer(release=asked.release, before=asked.before)
    write_results_as("json" if as_json else format_name, results, output, answer)
    if explained:
        print_explanations(results)
    sys.exit(decide_engine(results, asked.release))


def _progress(done: int, total: int, source: str) -> None:
    if total > 1:
        click.echo(f"[{done}/{total}] {source}", err=True)
