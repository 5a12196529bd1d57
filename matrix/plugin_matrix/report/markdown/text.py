"""Foreign text in GitHub's Markdown: it stays text, whatever a plugin writes."""

import re

from plugin_matrix.model import Plugin
from plugin_matrix.report.visible import block, line, shorten

_CHARACTERS = 500
"""Of one text."""
_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#|!~$@&])")
_CODE = re.compile("`+")


def text(foreign: str) -> str:
    """Return foreign text that is nothing but text in Markdown, save what stands between backticks."""
    parts = line(shorten(foreign, _CHARACTERS)).split("`")
    if len(parts) % 2 == 0:
        return _SPECIAL.sub(r"\\\1", "`".join(parts))
    return "".join(
        code(part) if place % 2 and part else _SPECIAL.sub(r"\\\1", part) for place, part in enumerate(parts)
    )


def code(foreign: str) -> str:
    """Return foreign text as code; a fence longer than any run of backticks in it cannot be closed early."""
    seen = line(shorten(foreign, _CHARACTERS))
    fence = "`" * (_longest_run(seen) + 1)
    padding = " " if seen.startswith("`") or seen.endswith("`") else ""
    return f"{fence}{padding}{seen}{padding}{fence}" if seen else ""


def heading(plugin: Plugin) -> str:
    """Return the heading of a plugin's section."""
    return f"## {text(plugin.name)} {text(plugin.version)}"


def in_table(markdown: str) -> str:
    """Return Markdown for a cell of a table, which a pipe ends, even inside code."""
    return re.sub(r"(?<!\\)\|", r"\\|", markdown)


def fenced(source: str) -> str:
    """Return source as a block of Python."""
    seen = block(source).rstrip()
    fence = "`" * max(3, _longest_run(seen) + 1)
    return f"{fence}python\n{seen}\n{fence}"


def _longest_run(seen: str) -> int:
    return max((len(run) for run in _CODE.findall(seen)), default=0)
