"""The gate's decision in Markdown."""

from collections.abc import Iterator

from plugin_matrix.model import Status
from plugin_matrix.report.decision import DecisionView
from plugin_matrix.report.markdown.text import code, text
from plugin_matrix.report.marks import plural


def decision_section(view: DecisionView) -> Iterator[str]:
    """Yield the outcome, what changed, what is stale and what was not decided."""
    yield f"**{view.mark.symbol} {view.word}** ({text(view.terms)})"
    for group in view.groups:
        title = f"**{group.status.value}**: {plural(group.number, 'finding')}"
        if group.status is Status.SAME:
            yield title
            continue
        lines = [title]
        for one in group.changes.shown:
            change = one.change
            lines.append(
                f"- {code(change.plugin)} {change.level.value} {text(change.rule)} {code(change.subject)}"
                f" on {code(one.where)}{': ' if one.told else ''}{text(one.told)}"
            )
        if group.changes.more:
            lines.append(f"- and {group.changes.more} more")
        yield "\n".join(lines)
    if view.stale:
        yield "\n".join(f"- stale known problem: {text(one)}" for one in view.stale)
    if view.undecided.shown:
        lines = [f"- not decided: {code(one.subject)} {text(one.because)}" for one in view.undecided.shown]
        if view.undecided.more:
            lines.append(f"- not decided: {view.undecided.more} more")
        yield "\n".join(lines)
