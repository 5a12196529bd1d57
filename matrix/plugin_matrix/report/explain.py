"""Rules explained in plain text, for `plugin-matrix explain`."""

import textwrap
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import msgspec

from plugin_matrix.model import Level, Rule

LEVEL_MEANINGS = {
    Level.ERROR: "breaks when loaded or called",
    Level.WARNING: "breaks on a path that may be taken",
    Level.ADVICE: "works, against a guideline of vLLM's",
}
_WIDTH = 88


class Example(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What breaks a rule, and the same mended."""

    before: str
    after: str
    language: str = "python"
    on: str = ""
    """Releases for which the pair is, where it is not for all."""


@cache
def examples() -> Mapping[str, Example]:
    """Return the example of each rule, by id (`report/examples.toml`)."""
    content = files("plugin_matrix.report").joinpath("examples.toml").read_bytes()
    return msgspec.toml.decode(content, type=dict[str, Example])


def explain_rule(rule: Rule) -> str:
    """Return what a rule means, as plain text for a terminal."""
    parts = [
        f"{rule.id} {rule.name} ({rule.level.value}: {LEVEL_MEANINGS[rule.level]})",
        _wrapped(rule.summary, ""),
        f"Effect\n{_wrapped(rule.effect, '  ')}",
        f"Hint\n{_wrapped(rule.hint, '  ')}",
    ]
    example = examples().get(rule.id)
    if example:
        on = f" (vLLM {example.on})" if example.on else ""
        parts += [f"Before{on}\n{_indented(example.before)}", f"After{on}\n{_indented(example.after)}"]
    if rule.source:
        parts.append(f"Where vLLM behaves so\n{_wrapped(rule.source, '  ')}")
    return "\n\n".join(parts)


def _wrapped(text: str, indent: str) -> str:
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _indented(text: str) -> str:
    return textwrap.indent(text.strip("\n"), "    ")
