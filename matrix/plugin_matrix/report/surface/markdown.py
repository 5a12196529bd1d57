"""The surface tier as Markdown, bounded: GitHub takes comments of at most 65,536 characters."""

import re
from collections.abc import Iterator, Mapping

from plugin_matrix.model import Level, Results, Rule, SurfaceFinding, SurfaceResult
from plugin_matrix.report.marks import Mark, plural
from plugin_matrix.report.surface.view import SurfaceView, places, verdict
from plugin_matrix.report.visible import block, line, shorten

MOST_CHARACTERS = 60_000
"""Of the whole document."""
_TEXT = 500
_ROWS = 30
_PLACES = 5
_ADVICE = 20
_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#|!~$@&])")


def markdown(results: Results, rules: Mapping[str, Rule]) -> bytes:
    """Return the answer in GitHub's Markdown; what the bound leaves out is counted at the end."""
    parts: list[str] = []
    size = left_out = 0
    for part in _parts(results, rules):
        size += len(part.encode("utf-8", "backslashreplace")) + 2
        if size > MOST_CHARACTERS:
            left_out += 1
        else:
            parts.append(part)
    if left_out:
        parts.append(f"*{plural(left_out, 'more paragraph')} left out: see `results.json`.*")
    return ("\n\n".join(parts) + "\n").encode("utf-8", "backslashreplace")


def _parts(results: Results, rules: Mapping[str, Rule]) -> Iterator[str]:
    yield "# vLLM plugin check"
    # The answers first: they must not fall to the bound.
    yield (
        "\n".join(f"- {_text(verdict(SurfaceView(result)))}" for result in results.surface)
        or "Nothing was checked."
    )
    for problem in results.problems:
        yield f"> **Not checked:** {_code(problem.source)}: {_text(problem.message)}"
    for result in results.surface:
        yield from _plugin(result, rules)
    yield f"<sub>vllm-plugin-matrix {_text(results.tool_version)}, {_text(results.started)}</sub>"


def _plugin(result: SurfaceResult, rules: Mapping[str, Rule]) -> Iterator[str]:
    view = SurfaceView(result)
    yield f"## {_text(result.plugin.name)} {_text(result.plugin.version)}"
    rows = [("declares", view.declared_text), ("verified", view.verified_text)]
    if result.proposed:
        rows.append(("state", f"vllm{result.proposed}"))
    if result.built:
        rows.append(("built", f"its build backend was run, for {result.built}"))
    yield "\n".join(f"- **{label}** {_code(text)}" for label, text in rows)
    if view.rows:
        yield "\n".join(_table(view))
    for finding in (*view.of_level(Level.ERROR), *view.of_level(Level.WARNING)):
        yield "\n".join(_finding(finding, view, rules))
        if finding.replacement:
            yield _fenced(finding.replacement)
    advice = view.of_level(Level.ADVICE)
    if advice:
        shown = "\n".join(f"- {_title(one, rules)}: {_text(one.message)}" for one in advice[:_ADVICE])
        more = f"\n- and {len(advice) - _ADVICE} more" if len(advice) > _ADVICE else ""
        summary = f"<summary>{plural(len(advice), 'piece')} of advice</summary>"
        yield f"<details>{summary}\n\n{shown}{more}\n\n</details>"
    if result.unseen:
        first = result.unseen[0]
        yield f"Not read: {plural(len(result.unseen), 'file')}, {_code(first.file)}: {_text(first.reason)}"


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


def _finding(finding: SurfaceFinding, view: SurfaceView, rules: Mapping[str, Rule]) -> Iterator[str]:
    yield f"### {finding.level.value}: {_title(finding, rules)}"
    yield ""
    outside = "" if finding.declared else ", outside the declared range"
    yield f"- **broke in** {_text(view.broke_in(finding))}{outside}"
    if at := places(finding, _PLACES):
        yield f"- **at** {_code(at)}"
    yield f"- {_text(finding.message)}"
    if finding.hint:
        yield f"- **hint** {_text(finding.hint)}"


def _title(finding: SurfaceFinding, rules: Mapping[str, Rule]) -> str:
    rule = rules.get(finding.rule)
    name = f" {rule.name}" if rule else ""
    return f"{_text(finding.rule)}{name} {_code(finding.subject)}"


def _text(text: str) -> str:
    """Return foreign text that is nothing but text in Markdown, save what stands between backticks."""
    parts = line(shorten(text, _TEXT)).split("`")
    if len(parts) % 2 == 0:
        return _SPECIAL.sub(r"\\\1", "`".join(parts))
    return "".join(
        _code(part) if place % 2 and part else _SPECIAL.sub(r"\\\1", part) for place, part in enumerate(parts)
    )


def _code(text: str) -> str:
    """Return foreign text as code; a fence longer than any run of backticks in it cannot be closed early."""
    seen = line(shorten(text, _TEXT))
    fence = "`" * (max((len(run) for run in re.findall("`+", seen)), default=0) + 1)
    padding = " " if seen.startswith("`") or seen.endswith("`") else ""
    # A pipe ends a table's cell, even inside code.
    return f"{fence}{padding}{seen}{padding}{fence}" if seen else ""


def _fenced(source: str) -> str:
    seen = block(source).rstrip()
    fence = "`" * max(3, max((len(run) for run in re.findall("`+", seen)), default=0) + 1)
    return f"{fence}python\n{seen}\n{fence}"
