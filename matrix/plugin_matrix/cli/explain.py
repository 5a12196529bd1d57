"""`plugin-matrix explain`: what a rule means, or all that is known of one finding."""

import difflib
from pathlib import Path

import click

from plugin_matrix.cli.saying import say
from plugin_matrix.errors import UsageError
from plugin_matrix.report import explain_rule, read_results
from plugin_matrix.report.told_findings import explain_findings, matching, may_be_id
from plugin_matrix.rules import catalogue

_RESULTS = Path("reports") / "results.json"


@click.command()
@click.argument("wanted", metavar="[RULE|FINDING]", required=False)
@click.argument("subject", required=False)
@click.option(
    "--results",
    type=click.Path(path_type=Path, dir_okay=False),
    help=f"The results.json that has the finding; {_RESULTS} when left out.",
)
def explain(wanted: str | None, subject: str | None, results: Path | None) -> None:
    """Explain RULE (PM605, or its name), or FINDING of some results; without either, list all rules.

    FINDING is the id that reports show, or the beginning of it, or a rule and its SUBJECT as reports show it.
    """
    if wanted is None:
        for known in catalogue().values():
            click.echo(f"{known.id}  {known.level.value:<8} {known.name}")
    elif subject is not None or results is not None or may_be_id(wanted):
        _explain_finding(wanted, subject, results or _RESULTS)
    else:
        _explain_rule(wanted)


def _explain_finding(wanted: str, subject: str | None, path: Path) -> None:
    found = matching(read_results(path), wanted, subject)
    if not found:
        about = f"of {wanted} about {subject!r}" if subject is not None else f"with the id {wanted!r}"
        raise UsageError(
            f"{path} has no finding {about}.",
            next_step="Reports show the ids; --results names another results.json.",
        )
    say(explain_findings(found, catalogue()))


def _explain_rule(wanted: str) -> None:
    rules = catalogue()
    by_name = {known.name.upper(): known.id for known in rules.values()}
    found = rules.get(by_name.get(wanted.upper(), wanted.upper()))
    if found is None:
        near = difflib.get_close_matches(wanted.upper(), [*rules, *by_name], n=3, cutoff=0.5)
        raise UsageError(
            f"No rule is called {wanted!r}.",
            next_step=f"Nearest: {', '.join(near)}." if near else "`plugin-matrix explain` lists all.",
        )
    say(explain_rule(found))
