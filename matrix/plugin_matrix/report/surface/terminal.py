"""The surface tier's answer on a terminal: plain text, readable at 80 columns and without colour."""

import textwrap
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from plugin_matrix.model import Level, Results, Rule, SurfaceFinding, SurfaceResult
from plugin_matrix.report.marks import Mark, plural
from plugin_matrix.report.surface.view import SurfaceView, places, verdict
from plugin_matrix.report.visible import ascii_only, block, line, shorten

_SHOWN = 25
"""Errors and warnings of one plugin told at length."""
_SHOWN_OUTSIDE = 8
_SHOWN_PLACES = 4
_SHOWN_UNSEEN = 5
_SHOWN_ADVICE = 6
CHARACTERS = 600
"""Of one text."""
_STYLES = {"error": "1;31", "warning": "33", "advice": "36", "good": "32", "bold": "1", "dim": "2"}


class Terminal(NamedTuple):
    """What a terminal can show."""

    width: int = 80
    colour: bool = False
    ascii: bool = False

    def style(self, text: str, style: str) -> str:
        """Return `text` in a style, where there is colour."""
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self.colour and text else text

    def foreign(self, text: str, most: int = CHARACTERS) -> str:
        """Return text of a plugin's so that it can do no harm here, bounded to `most` characters."""
        seen = line(shorten(text, most))
        return ascii_only(seen) if self.ascii else seen

    def wrapped(self, label: str, text: str, most: int = CHARACTERS) -> Iterator[str]:
        """Yield `text` behind `label`, further lines indented as far."""
        yield from textwrap.wrap(
            self.foreign(text, most),
            max(self.width, 30),
            initial_indent=label,
            subsequent_indent=" " * len(label),
            break_on_hyphens=False,
        ) or [label.rstrip()]


def answer(results: Results, rules: Mapping[str, Rule], terminal: Terminal) -> str:
    """Return the answer for all plugins; `rules` is the catalogue, for the rules' names."""
    parts = ["\n".join(_plugin(result, rules, terminal)) for result in results.surface]
    parts += (
        "\n".join(terminal.wrapped("not checked: ", f"{problem.source}: {problem.message}"))
        for problem in results.problems
    )
    return "\n\n".join(parts) + "\n"


def _plugin(result: SurfaceResult, rules: Mapping[str, Rule], terminal: Terminal) -> Iterator[str]:
    view = SurfaceView(result)
    name = terminal.foreign(f"{result.plugin.name} {result.plugin.version}")
    yield terminal.style(name, "bold") + f"  on {_judged(view)}"
    yield from terminal.wrapped("  declares  ", view.declared_text)
    yield from terminal.wrapped("  verified  ", view.verified_text)
    if result.proposed:
        yield from terminal.wrapped("  state     ", f"vllm{result.proposed}")
    if result.built:
        yield from terminal.wrapped("  built     ", f"its build backend was run, for {result.built}")
    yield ""
    yield from _table(view, terminal)
    severe = (*view.of_level(Level.ERROR), *view.of_level(Level.WARNING))
    told = [finding for finding in severe if finding.declared]
    for finding in told[:_SHOWN]:
        yield ""
        yield from _finding(finding, view, rules, terminal)
    if len(told) > _SHOWN:
        yield ""
        more = plural(len(told) - _SHOWN, "more finding")
        yield from terminal.wrapped("  ", f"and {more}: see --json or --format html")
    yield from _outside([finding for finding in severe if not finding.declared], view, terminal)
    yield from _advice(view, rules, terminal)
    yield from _unseen(result, terminal)
    yield ""
    yield from terminal.wrapped("", verdict(view))


def _judged(view: SurfaceView) -> str:
    releases = view.axis.releases
    if not releases:
        return "no release of vLLM"
    if len(releases) == 1:
        return f"vLLM {releases[0]}"
    return f"{len(releases)} releases of vLLM, {releases[0]} to {releases[-1]}"


def _table(view: SurfaceView, terminal: Terminal) -> Iterator[str]:
    if not view.rows:
        return
    width = max(12, *(len(row.text) for row in view.rows))
    heading = f"  {'vLLM':<{width}}  declared  {'':<10}  errors  warnings"
    yield terminal.style(heading, "dim")
    for row in view.rows:
        mark = Mark.INCOMPATIBLE if row.broken else Mark.COMPATIBLE
        symbol = mark.ascii_symbol if terminal.ascii else mark.symbol
        word = f"{symbol} {'breaks' if row.broken else 'verified'}"
        yield (
            f"  {row.text:<{width}}  {'yes' if row.declared else 'no':<8}  "
            f"{terminal.style(f'{word:<10}', 'error' if row.broken else 'good')}  "
            f"{row.errors:>6}  {row.warnings:>8}"
        )


def _finding(
    finding: SurfaceFinding, view: SurfaceView, rules: Mapping[str, Rule], terminal: Terminal
) -> Iterator[str]:
    rule = rules.get(finding.rule)
    name = f" {rule.name}" if rule else ""
    level = finding.level.value
    title = list(terminal.wrapped("  ", f"{level} {finding.rule}{name}  {finding.subject}"))
    yield title[0].replace(level, terminal.style(level, level), 1)
    yield from title[1:]
    yield from terminal.wrapped("    broke in  ", view.broke_in(finding))
    if finding.known is not None:
        yield from terminal.wrapped("    known     ", finding.known or "accepted")
    if finding.witness is not None and not finding.refuted:
        yield from terminal.wrapped("    shown     ", finding.witness.text)
    if at := places(finding, _SHOWN_PLACES):
        yield from terminal.wrapped("    at        ", at)
    yield from terminal.wrapped("    what      ", finding.message)
    if finding.hint:
        yield from terminal.wrapped("    hint      ", finding.hint)
    if finding.replacement:
        yield "    for both"
        source = block(finding.replacement.strip("\n"))
        yield textwrap.indent(ascii_only(source) if terminal.ascii else source, "        ")


def _outside(found: list[SurfaceFinding], view: SurfaceView, terminal: Terminal) -> Iterator[str]:
    """Yield a line for each error outside the declared range, where nobody is promised anything."""
    if not found:
        return
    errors = [finding for finding in found if finding.level is Level.ERROR]
    yield ""
    numbers = f"{plural(len(errors), 'error')}, {plural(len(found) - len(errors), 'warning')}"
    yield f"  outside the declared range: {numbers}"
    for finding in errors[:_SHOWN_OUTSIDE]:
        at = places(finding, 1)
        text = f"{finding.rule} {finding.subject}{f' at {at}' if at else ''}: {view.broke_in(finding)}"
        yield from terminal.wrapped("    ", text)
    if len(errors) > _SHOWN_OUTSIDE:
        yield f"    and {plural(len(errors) - _SHOWN_OUTSIDE, 'more error')}"


def _advice(view: SurfaceView, rules: Mapping[str, Rule], terminal: Terminal) -> Iterator[str]:
    """Yield one line a rule: advice is many and breaks nothing."""
    subjects: dict[str, list[str]] = {}
    for finding in view.of_level(Level.ADVICE):
        subjects.setdefault(finding.rule, []).append(finding.subject)
    if subjects:
        yield ""
    for rule_id, names in subjects.items():
        rule = rules.get(rule_id)
        shown = ", ".join(names[:_SHOWN_ADVICE])
        more = f" and {len(names) - _SHOWN_ADVICE} more" if len(names) > _SHOWN_ADVICE else ""
        title = f"{rule_id} {rule.name}" if rule else rule_id
        lines = list(terminal.wrapped("  advice ", f"{title}: {shown}{more}"))
        yield lines[0].replace("advice", terminal.style("advice", "advice"), 1)
        yield from lines[1:]


def _unseen(result: SurfaceResult, terminal: Terminal) -> Iterator[str]:
    if result.unseen:
        yield ""
        yield f"  not seen: {plural(len(result.unseen), 'file')}"
    for unseen in result.unseen[:_SHOWN_UNSEEN]:
        yield from terminal.wrapped("    ", f"{unseen.file}: {unseen.reason}")
    if len(result.unseen) > _SHOWN_UNSEEN:
        yield f"    and {len(result.unseen) - _SHOWN_UNSEEN} more"
