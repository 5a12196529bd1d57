"""`plugin-matrix explain`: what a rule means."""

import difflib

import click

from plugin_matrix.errors import UsageError
from plugin_matrix.report import explain_rule
from plugin_matrix.rules import catalogue


@click.command()
@click.argument("rule", required=False)
def explain(rule: str | None) -> None:
    """Explain RULE (for example PM605), or list all rules."""
    rules = catalogue()
    if rule is None:
        for known in rules.values():
            click.echo(f"{known.id}  {known.level.value:<8} {known.name}")
        return
    wanted = rule.upper()
    by_name = {known.name.upper(): known.id for known in rules.values()}
    found = rules.get(by_name.get(wanted, wanted))
    if found is None:
        near = difflib.get_close_matches(wanted, [*rules, *by_name], n=3, cutoff=0.5)
        raise UsageError(
            f"No rule is called {rule!r}.",
            next_step=f"Nearest: {', '.join(near)}." if near else "`plugin-matrix explain` lists all.",
        )
    click.echo(explain_rule(found))
