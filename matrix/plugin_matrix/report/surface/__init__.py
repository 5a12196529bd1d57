"""Reports of the surface tier: `Results.surface` as text, Markdown, SARIF, JUnit and HTML."""

import os
import shutil
import sys

from plugin_matrix.model import Results
from plugin_matrix.report.surface.engine import EngineAnswer, engine_answer
from plugin_matrix.report.surface.terminal import Terminal, answer
from plugin_matrix.rules.catalogue import catalogue

__all__ = ["EngineAnswer", "Terminal", "answer", "answer_text", "print_answer", "print_explanations"]

LOG_WIDTH = 100
"""Columns where nobody says how many there are."""


def print_answer(results: Results, engine: EngineAnswer | None = None) -> None:
    """Print the answer, that for one `engine` where there is one, on standard output."""
    sys.stdout.write(_answer(results, _terminal(), engine))


def _answer(results: Results, terminal: Terminal, engine: EngineAnswer | None) -> str:
    if engine is None:
        return answer(results, catalogue(), terminal)
    return engine_answer(results, catalogue(), terminal, engine)


def _terminal() -> Terminal:
    shown = sys.stdout.isatty()
    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "")
    return Terminal(
        width=min(shutil.get_terminal_size().columns, 120) if shown else LOG_WIDTH,
        colour=shown and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb",
        ascii=not encoding.startswith("utf"),
    )


def answer_text(results: Results, engine: EngineAnswer | None = None) -> str:
    """Return the answer for a file: no colour, every character."""
    return _answer(results, Terminal(width=LOG_WIDTH), engine)


def print_explanations(results: Results) -> None:
    """Print the page of each rule that was broken."""
    from plugin_matrix.report.explain import explain_rule  # noqa: PLC0415 - reads the examples

    rules = catalogue()
    broken = {finding.rule for result in results.surface for finding in result.findings}
    for rule in sorted(broken & rules.keys()):
        sys.stdout.write(f"\n{explain_rule(rules[rule])}\n")
