"""Findings of some results, found by their id or by rule and subject, and explained."""

import textwrap
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from plugin_matrix.model import Plugin, Results, Rule
from plugin_matrix.report.cause_rows import EVERYTHING, baseline_rows, cause_rows
from plugin_matrix.report.causes import RootCause, by_plugin, root_causes, source_causes
from plugin_matrix.report.decision import Changes
from plugin_matrix.report.explain import explain_rule
from plugin_matrix.report.ranges import Axis
from plugin_matrix.report.surface.view import SurfaceView
from plugin_matrix.report.visible import block, line

LEAST_DIGITS = 4
"""Of an id that is cut short."""
_WIDTH = 96


class ToldFinding(NamedTuple):
    """A root cause and the plugin it is of."""

    plugin: Plugin
    cause: RootCause


def told_findings(results: Results) -> Iterator[ToldFinding]:
    """Yield every root cause of `results`, from source first."""
    changes, axis, cells = Changes(results.decision), Axis(results), by_plugin(results)
    for result in results.surface:
        for cause in source_causes(SurfaceView(result), changes):
            yield ToldFinding(result.plugin, cause)
    for plugin in results.plugins:
        for cause in root_causes(plugin, cells[plugin.id], axis, changes):
            yield ToldFinding(plugin, cause)


def matching(results: Results, wanted: str, subject: str | None = None) -> tuple[ToldFinding, ...]:
    """Return the findings whose id begins with `wanted`, or those of the rule `wanted` about `subject`."""
    if subject is not None:
        return tuple(
            told
            for told in told_findings(results)
            if told.cause.rule.upper() == wanted.upper() and told.cause.subject == subject
        )
    return tuple(told for told in told_findings(results) if told.cause.fingerprint.startswith(wanted.lower()))


def may_be_id(text: str) -> bool:
    """Tell whether `text` can be the id of a finding, or the beginning of one."""
    return len(text) >= LEAST_DIGITS and all(digit in "0123456789abcdef" for digit in text.lower())


def explain_findings(found: tuple[ToldFinding, ...], rules: Mapping[str, Rule]) -> str:
    """Return all that is known of some findings, and then what their rules mean."""
    parts = ["\n".join(_finding(told, rules)) for told in found]
    for rule_id in dict.fromkeys(told.cause.rule for told in found):
        rule = rules.get(rule_id)
        if rule is not None:
            parts.append(f"{'-' * 20}\n{explain_rule(rule)}")
    return "\n\n".join(parts)


def _finding(told: ToldFinding, rules: Mapping[str, Rule]) -> Iterator[str]:
    plugin, cause = told
    rule = rules.get(cause.rule)
    name = f" {rule.name}" if rule else ""
    yield f"{line(cause.rule)}{name} ({cause.level.value}) {line(cause.subject)}"
    rows = [("plugin", plugin.id), ("id", cause.fingerprint), *cause_rows(cause, EVERYTHING, EVERYTHING)]
    rows += baseline_rows(cause)
    for label, text in rows:
        yield from textwrap.wrap(
            line(text),
            _WIDTH,
            initial_indent=f"  {label:<10}",
            subsequent_indent=" " * 12,
            break_on_hyphens=False,
        )
    if cause.source is not None and cause.source.replacement:
        yield "  for both"
        yield textwrap.indent(block(cause.source.replacement.strip("\n")), " " * 12)
