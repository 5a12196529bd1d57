"""Reports of the surface tier: `Results.surface` as text, Markdown, SARIF, JUnit and HTML."""

import os
import shutil
import sys

from plugin_matrix.model import Results
from plugin_matrix.report.surface.terminal import Terminal, answer
from plugin_matrix.rules.catalogue import catalogue

__all__ = ["Terminal", "answer", "answer_text", "print_answer", "print_explanations"]

LOG_WIDTH = 100
"""Columns where nobody says how many there are."""


def print_answer(results: Results) -> None:
    """Print the answer on standard output."""
    sys.stdout.write(answer(results, catalogue(), _terminal()))


def _terminal() -> Terminal:
    shown = sys.stdout.isatty()
    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "")
    return Terminal(
        width=min(shutil.get_terminal_size().columns, 120) if shown else LOG_WIDTH,
        colour=shown and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb",
        ascii=not encoding.startswith("utf"),
    )


def answer_text(results: Results) -> str:
    """Return the answer for a file: no colour, every character."""
    return answer(results, catalogue(), Terminal(width=LOG_WIDTH))


def print_explanations(results: Results) -> None:
    """Print the page of each rule that was broken."""
    from plugin_matrix.report.explain import explain_rule  # noqa: PLC0415 - reads the examples

    rules = catalogue()
    broken = {finding.rule for result in results.surface for finding in result.findings}
    for rule in sorted(broken & rules.keys()):
        sys.stdout.write(f"\n{explain_rule(rules[rule])}\n")
