"""Results in GitHub's Markdown, bounded: GitHub takes a step's summary of at most 1 MiB."""

from collections.abc import Iterable, Iterator, Mapping

from plugin_matrix.model import Results, Rule
from plugin_matrix.report.causes import by_plugin
from plugin_matrix.report.decision import Changes, decision_view
from plugin_matrix.report.markdown.cells import cells_section, matrices
from plugin_matrix.report.markdown.decision import decision_section
from plugin_matrix.report.markdown.source import source_section
from plugin_matrix.report.markdown.text import code, text
from plugin_matrix.report.marks import VERDICT_MARKS, counts, plural
from plugin_matrix.report.ranges import Axis
from plugin_matrix.report.surface.view import SurfaceView, verdict

MOST_BYTES = 1_000_000
"""Of the whole document."""
_SECTION_BYTES = 60_000
"""Of one plugin's section, so that no plugin's texts push out all others."""
_ANSWERS = 200
_PROBLEMS = 20


def markdown(results: Results, rules: Mapping[str, Rule]) -> bytes:
    """Return `results` with the answers first; a section that does not fit is left out whole and counted."""
    head = _bounded(_head(results), MOST_BYTES // 2)
    ending = f"<sub>vllm-plugin-matrix {text(results.tool_version)}, {text(results.started)}</sub>"
    size, left_out, kept = len(head) + len(ending) + 200, 0, [head]
    for section in _sections(results, rules):
        content = _bounded(section, _SECTION_BYTES)
        size += len(content) + 2
        if size > MOST_BYTES:
            left_out += 1
            size -= len(content) + 2
        else:
            kept.append(content)
    if left_out:
        kept.append(f"*{plural(left_out, 'more plugin')} left out: see `results.json`.*".encode())
    return b"\n\n".join((*kept, ending.encode("utf-8", "backslashreplace"))) + b"\n"


def _bounded(paragraphs: Iterable[str], most: int) -> bytes:
    kept: list[bytes] = []
    size = left_out = 0
    for paragraph in paragraphs:
        content = paragraph.encode("utf-8", "backslashreplace")
        size += len(content) + 2
        if size > most:
            left_out += 1
        else:
            kept.append(content)
    if left_out:
        kept.append(f"*{plural(left_out, 'more paragraph')} left out: see `results.json`.*".encode())
    return b"\n\n".join(kept)


def _head(results: Results) -> Iterator[str]:
    ran = bool(results.cells) or not results.surface
    yield "# vLLM plugin matrix" if ran else "# vLLM plugin check"
    if not results.complete:
        yield "> **The run was interrupted.** Here is what was done before."
    if results.decision is not None:
        yield from decision_section(decision_view(results.decision))
    if results.surface:
        answers = [f"- {text(verdict(SurfaceView(result)))}" for result in results.surface]
        if len(answers) > _ANSWERS:
            answers[_ANSWERS:] = [f"- and {plural(len(answers) - _ANSWERS, 'more plugin')}"]
        yield "\n".join(answers)
    for problem in results.problems[:_PROBLEMS]:
        yield f"> **Not checked:** {code(problem.source)}: {text(problem.message)}"
    if len(results.problems) > _PROBLEMS:
        yield f"> and {plural(len(results.problems) - _PROBLEMS, 'more plugin')} not checked"
    if results.cells:
        numbers = counts(results.totals)
        told = [f"{mark.symbol} {numbers[mark]} {mark.word}" for mark in VERDICT_MARKS if numbers[mark]]
        yield f"{plural(results.totals.cells, 'cell')}: {', '.join(told)}"
        yield from matrices(results)
    elif ran:
        yield "Nothing was run."


def _sections(results: Results, rules: Mapping[str, Rule]) -> Iterator[Iterator[str]]:
    changes = Changes(results.decision)
    for result in results.surface:
        yield source_section(result, rules, changes)
    axis, cells = Axis(results), by_plugin(results)
    for plugin in results.plugins:
        if cells[plugin.id]:
            yield cells_section(plugin, cells[plugin.id], axis, rules, changes)
