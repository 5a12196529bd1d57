"""`plugin-matrix gate`, `baseline update` and `diff`: results held against what was known before."""

import sys
from pathlib import Path

import click
import msgspec

from plugin_matrix.cli.gating import decided, policy_of
from plugin_matrix.cli.saying import say
from plugin_matrix.cli.settings import GATE, RULES, settings_options
from plugin_matrix.config import Settings
from plugin_matrix.errors import BaselineError
from plugin_matrix.gate.baseline import DEFAULT_NAME, encode, read_baseline, updated
from plugin_matrix.gate.comparing import compare
from plugin_matrix.gate.ledger import editions_of
from plugin_matrix.model import Status
from plugin_matrix.report import read_results, write_results
from plugin_matrix.report.decision import changes_lines, decision_text
from plugin_matrix.report.visible import in_json
from plugin_matrix.report.writing import write_atomically

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.option("--output", type=_FILE, help="Write the results with the decision in them here.")
@click.option("--json", "as_json", is_flag=True, help="Print the decision as JSON.")
@click.option("--show-same", is_flag=True, help="List what is the same as in the baseline, too.")
@settings_options((*RULES, *GATE))
def gate(results: Path, *, output: Path | None, as_json: bool, show_same: bool, settings: Settings) -> None:
    """Decide on RESULTS (a results.json) whether the plugin may go out."""
    policy = policy_of(settings)
    document = decided(read_results(results), settings, policy)
    if document.decision is None:
        raise AssertionError(results)
    if output is not None:
        write_results(document, output)
    if as_json:
        click.echo(in_json(msgspec.json.format(msgspec.json.encode(document.decision))))
    else:
        say(decision_text(document.decision, same=show_same))
    sys.exit(document.decision.exit_code)


@click.group()
def baseline() -> None:
    """Keep what is known of a plugin, so that the gate tells what is new."""


@baseline.command()
@click.argument("results", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--output",
    type=_FILE,
    help=f"The file to write; the project's baseline, or {DEFAULT_NAME}, when left out.",
)
@settings_options(())
def update(results: tuple[Path, ...], *, output: Path | None, settings: Settings) -> None:
    """Take what RESULTS found as known; plugins, platforms and tiers that they do not hold stay."""
    output = output or settings.baseline or Path(DEFAULT_NAME)
    editions = read_baseline(output) if output.exists() else ()
    for path in results:
        document = read_results(path)
        if not document.complete:
            raise BaselineError(
                f"{path} is of a run that was interrupted; a baseline of it would forget what was not run.",
                next_step="Run it to its end.",
            )
        found = editions_of(document)
        if not found:
            raise BaselineError(
                f"{path} holds nothing that was judged: a baseline of it would make nothing known.",
                next_step="`plugin-matrix report` says why nothing was.",
            )
        editions = updated(editions, found)
    write_atomically(output, encode(editions))
    for edition in editions:
        click.echo(f"{edition.id}: {len(edition.squares)} judged, {edition.findings} findings")
    click.echo(f"wrote {output}")


@click.command()
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--show-same", is_flag=True, help="List what is the same, too.")
def diff(before: Path, after: Path, *, as_json: bool, show_same: bool) -> None:
    """Say what is new, fixed and the same in AFTER against BEFORE (two results.json); exits 0."""
    changes = compare(editions_of(read_results(after)), editions_of(read_results(before)))
    if as_json:
        click.echo(in_json(msgspec.json.format(msgspec.json.encode(changes))))
        return
    for text in changes_lines(changes, same=show_same):
        say(text)
    if all(change.status is Status.SAME for change in changes):
        click.echo("no difference")
