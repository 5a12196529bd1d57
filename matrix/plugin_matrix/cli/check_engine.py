"""`plugin-matrix check-engine`: which plugins a release or a checkout of vLLM breaks."""

import sys
from pathlib import Path

import click

from plugin_matrix.cli.check import TERMINAL, answer_options, write_results_as
from plugin_matrix.cli.gating import decided_on_engine, today, told_decision
from plugin_matrix.cli.index_age import tell_old_index
from plugin_matrix.cli.settings import ENGINE, settings_options
from plugin_matrix.config import Settings
from plugin_matrix.errors import NothingToCheckError
from plugin_matrix.gate import Policy
from plugin_matrix.model import GateMode, Level
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
@settings_options(ENGINE)
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
    settings: Settings,
) -> None:
    """Say which of the PLUGINs break on one vLLM RELEASE, or on the checkout at PATH, and why.

    What breaks there and not on the release before it comes first.
    """
    sources = (*plugins, *(known.name for known in known_plugins())) if all_known else plugins
    if not sources:
        raise NothingToCheckError("No plugin is named.", next_step="Name plugins, or give --all-known.")
    # The release before is the baseline here; one of a plugin's project is for that project's own gate.
    policy = Policy(mode=GateMode(settings.values.gate or "all"), fail_on=Level(settings.values.fail_on))
    with engine_in_question(engine, store, version) as asked:
        found = check_all(sources, asked.surface, asked.mask, store=store, progress=_progress)
    answer = EngineAnswer(release=asked.release, before=asked.before)
    results = decided_on_engine(found, settings, policy, asked.release, asked.before)
    write_results_as("json" if as_json else format_name, results, output, answer)
    if explained:
        print_explanations(results)
    machine = output is None and (as_json or format_name != TERMINAL)
    if settings.values.notice and not machine:
        tell_old_index(store, today())
    sys.exit(told_decision(results, settings, err=machine))


def _progress(done: int, total: int, source: str) -> None:
    if total > 1:
        click.echo(f"[{done}/{total}] {source}", err=True)
