"""The pages below `docs/rules/`, made from the rule catalogue and its examples.

`python -m plugin_matrix.report.rule_pages docs/rules` writes them anew.
"""

import argparse
import sys
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.model import Rule
from plugin_matrix.report.explain import LEVEL_MEANINGS, Example, examples
from plugin_matrix.report.history.changes import judged_by
from plugin_matrix.report.history.writing import slug
from plugin_matrix.rules import catalogue

FAMILIES = {
    "PM1": "Package metadata",
    "PM2": "Imports and names",
    "PM3": "Calls and constructors",
    "PM4": "Implements and overrides",
    "PM5": "Patches",
    "PM6": "Loader contract",
    "PM7": "Platform",
    "PM8": "Models and other groups' interfaces",
    "PM9": "Hygiene",
}
"""What the hundreds of the rule ids mean."""

_REMADE = "<!-- Made from the rule catalogue by `python -m plugin_matrix.report.rule_pages docs/rules`. -->"


def rule_page(rule: Rule) -> str:
    """Return the page of a rule in Markdown."""
    parts = [
        _REMADE,
        f"# {rule.id} {rule.name}",
        rule.summary,
        f"Level **{rule.level.value}**: {LEVEL_MEANINGS[rule.level]}.",
        f"## Effect\n\n{rule.effect}",
        f"## Hint\n\n{rule.hint}",
    ]
    example = examples().get(rule.id)
    if example:
        if example.on:
            parts.append(f"The example is for vLLM {example.on}.")
        parts += [
            f"## Before\n\n{_fenced(example.before, example)}",
            f"## After\n\n{_fenced(example.after, example)}",
        ]
    if rule.source:
        parts.append(f"## Where vLLM behaves so\n\n`{rule.source}`")
    subjects = [f"- [{summary}](../history/interface.md#{slug(summary)})" for summary in _subjects(rule.id)]
    if subjects:
        parts.append("## What releases changed here\n\n" + "\n".join(subjects))
    parts.append("[All rules](index.md)")
    return "\n\n".join(parts) + "\n"


def _subjects(rule: str) -> list[str]:
    """Return the subjects of the interface history by which a rule judges."""
    dimensions = InterfaceHistory.load().dimensions
    return [dimensions[name].summary for name, rules in judged_by().items() if rule in rules]


def _fenced(text: str, example: Example) -> str:
    code = text.strip("\n")
    return f"```{example.language}\n{code}\n```"


def index_page(rules: Mapping[str, Rule]) -> str:
    """Return the list of all rules in Markdown, by family."""
    parts = [
        _REMADE,
        "# Rules",
        "`plugin-matrix explain PM605` prints a rule; its name does as well as its id.",
        "\n".join(f"- **{level.value}** {meaning}" for level, meaning in LEVEL_MEANINGS.items()),
    ]
    for family, members in groupby(rules.values(), key=lambda rule: rule.id[:3]):
        rows = [
            f"| [{rule.id}]({rule.id}.md) | {rule.name} | {rule.level.value} | {rule.summary} |"
            for rule in members
        ]
        table = "\n".join(["| rule | name | level | |", "|---|---|---|---|", *rows])
        parts.append(f"## {family}xx {FAMILIES[family]}\n\n{table}")
    return "\n\n".join(parts) + "\n"


def pages(rules: Mapping[str, Rule]) -> dict[str, str]:
    """Return the name and the text of every page below `docs/rules/`."""
    return {"index.md": index_page(rules)} | {f"{rule.id}.md": rule_page(rule) for rule in rules.values()}


def write_pages(directory: Path) -> tuple[Path, ...]:
    """Write all pages, remove those of rules that are gone, and return what was written."""
    texts = pages(catalogue())
    directory.mkdir(parents=True, exist_ok=True)
    for path in directory.glob("PM*.md"):
        if path.name not in texts:
            path.unlink()
    for name, text in texts.items():
        (directory / name).write_text(text, encoding="utf-8", newline="\n")
    return tuple(directory / name for name in texts)


def main() -> None:
    """Write the pages where the command line says."""
    parser = argparse.ArgumentParser(description="Write the pages of all rules.")
    parser.add_argument("directory", type=Path)
    written = write_pages(parser.parse_args().directory)
    sys.stdout.write(f"wrote {len(written)} pages\n")


if __name__ == "__main__":
    main()
