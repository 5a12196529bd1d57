"""What was told from a plugin's source, in Markdown."""

from collections.abc import Iterator, Mapping

from plugin_matrix.model import Rule, SurfaceResult
from plugin_matrix.report.causes import source_causes
from plugin_matrix.report.decision import Changes
from plugin_matrix.report.markdown.findings import findings
from plugin_matrix.report.markdown.text import code, heading, text
from plugin_matrix.report.marks import Mark, plural
from plugin_matrix.report.surface.view import SurfaceView

_ROWS = 30


def source_section(result: SurfaceResult, rules: Mapping[str, Rule], changes: Changes) -> Iterator[str]:
    """Yield the section of one plugin."""
    view = SurfaceView(result)
    yield heading(result.plugin)
    rows = [("declares", view.declared_text), ("verified", view.verified_text)]
    if result.proposed:
        rows.append(("state", f"vllm{result.proposed}"))
    if result.built:
        rows.append(("built", f"its build backend was run, for {result.built}"))
    yield "\n".join(f"- **{label}** {code(value)}" for label, value in rows)
    if view.rows:
        yield "\n".join(_table(view))
    yield from findings(source_causes(view, changes), rules)
    if result.unseen:
        first = result.unseen[0]
        yield f"Not seen: {plural(len(result.unseen), 'file')}, {code(first.file)}: {text(first.reason)}"


def _table(view: SurfaceView) -> Iterator[str]:
    yield "| vLLM | declared | | errors | warnings |"
    yield "|---|---|---|--:|--:|"
    for row in view.rows[:_ROWS]:
        mark = Mark.INCOMPATIBLE if row.broken else Mark.COMPATIBLE
        word = "breaks" if row.broken else "verified"
        declared = "yes" if row.declared else "no"
        yield f"| {row.text} | {declared} | {mark.symbol} {word} | {row.errors} | {row.warnings} |"
    if len(view.rows) > _ROWS:
        yield f"| and {len(view.rows) - _ROWS} more | | | | |"
