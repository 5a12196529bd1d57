"""The answer for one engine on a terminal: which plugins break, what is new, and why."""

from collections.abc import Iterator, Mapping

import msgspec

from plugin_matrix.model import Level, Results, Rule, SurfaceFinding, SurfaceResult
from plugin_matrix.report.marks import plural
from plugin_matrix.report.surface.terminal import CHARACTERS, Terminal
from plugin_matrix.report.surface.view import SurfaceView, places

_SHOWN = 3
"""Reasons told for one plugin."""


class EngineAnswer(msgspec.Struct, frozen=True):
    """The engine in question, and the release before it."""

    release: str
    before: str | None


def engine_answer(
    results: Results, rules: Mapping[str, Rule], terminal: Terminal, asked: EngineAnswer
) -> str:
    """Return the plugins that break on the engine, those that are new first, then how the others fare."""
    lines = [terminal.style(f"plugins on vLLM {asked.release}", "bold")]
    broken = [result for result in results.surface if errors_on(result, asked.release)]
    new = [result for result in broken if not _broke_before(result, asked)]
    old = [result for result in broken if _broke_before(result, asked)]
    title = f"break, and do not on {asked.before}" if asked.before else "break"
    lines += _group(title, new, rules, terminal, asked)
    lines += _group(f"break, as on {asked.before}", old, rules, terminal, asked)
    sound = [
        result for result in results.surface if result not in broken and asked.release in result.verified
    ]
    unknown = [result for result in results.surface if result not in broken and result not in sound]
    lines += _names("nothing found", [result.plugin.id for result in sound], terminal)
    lines += _names("nothing could be read or judged", [result.plugin.id for result in unknown], terminal)
    if results.problems:
        lines.append("")
        for problem in results.problems:
            lines += terminal.wrapped("not checked: ", f"{problem.source}: {problem.message}")
    lines += ("", *terminal.wrapped("", _verdict(results, len(broken), len(new), asked)))
    return "\n".join(lines) + "\n"


def errors_on(result: SurfaceResult, release: str) -> tuple[SurfaceFinding, ...]:
    """Return the errors of a plugin on one release, those that stand in fewest other places last."""
    view = SurfaceView(result)
    return tuple(finding for finding in view.of_level(Level.ERROR) if release in finding.broken)


def _broke_before(result: SurfaceResult, asked: EngineAnswer) -> bool:
    return asked.before is not None and bool(errors_on(result, asked.before))


def _group(
    title: str,
    results: list[SurfaceResult],
    rules: Mapping[str, Rule],
    terminal: Terminal,
    asked: EngineAnswer,
) -> Iterator[str]:
    if results:
        yield ""
        yield terminal.style(f"{title}: {plural(len(results), 'plugin')}", "error")
    for result in results:
        found = errors_on(result, asked.release)
        # What is new explains the break; what is old stood there before.
        found = tuple(sorted(found, key=lambda one: asked.before in one.broken))
        declared = "" if asked.release in result.declared_releases else " (a release it does not declare)"
        yield from terminal.wrapped("  ", f"{result.plugin.id}: {plural(len(found), 'error')}{declared}")
        for finding in found[:_SHOWN]:
            yield from _reason(finding, rules, terminal)
        if len(found) > _SHOWN:
            yield f"    and {len(found) - _SHOWN} more"


def _reason(finding: SurfaceFinding, rules: Mapping[str, Rule], terminal: Terminal) -> Iterator[str]:
    rule = rules.get(finding.rule)
    name = f" {rule.name}" if rule else ""
    at = places(finding, 2)
    yield from terminal.wrapped("    ", f"{finding.rule}{name} {finding.subject}{f' at {at}' if at else ''}")
    if finding.hint:
        yield from terminal.wrapped("      ", finding.hint)


def _names(title: str, names: list[str], terminal: Terminal) -> Iterator[str]:
    if names:
        yield ""
        yield from terminal.wrapped(f"{title}: ", ", ".join(names), CHARACTERS * len(names))


def _verdict(results: Results, broken: int, new: int, asked: EngineAnswer) -> str:
    of_all = f"{broken} of {plural(len(results.surface), 'plugin')} break on vLLM {asked.release}"
    fresh = f", {new or 'none'} of them newly since {asked.before}" if broken and asked.before else ""
    failed = f"; {plural(len(results.problems), 'plugin')} could not be read" if results.problems else ""
    return f"{of_all}{fresh}{failed}."
