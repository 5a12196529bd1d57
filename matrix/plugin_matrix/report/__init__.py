"""Reports: `results.json` and everything made from it.

`results.json` is the only source; no format knows more than it says.
"""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from rich.console import Console

from plugin_matrix.errors import UsageError
from plugin_matrix.model import Results, Rule
from plugin_matrix.report import terminal
from plugin_matrix.report.document import encode, read_results, write_results
from plugin_matrix.report.explain import explain_rule
from plugin_matrix.report.html import html
from plugin_matrix.report.junit import junit
from plugin_matrix.report.writing import writable_directory, write_atomically
from plugin_matrix.rules import catalogue

__all__ = [
    "FORMATS",
    "explain_rule",
    "print_results",
    "read_results",
    "render",
    "writable_directory",
    "write_results",
]

_Render = Callable[[Results, Mapping[str, Rule]], bytes]

_RENDERERS: dict[str, tuple[str, _Render]] = {
    "json": ("results.json", lambda results, _: encode(results)),
    "html": ("index.html", html),
    "junit": ("junit.xml", lambda results, _: junit(results)),
}

FORMATS = tuple(_RENDERERS)
"""Names of the formats `render` writes."""


def render(results: Results, directory: Path, formats: Collection[str] = FORMATS) -> tuple[Path, ...]:
    """Write `results` into `directory` in each of `formats` and return the files.

    `results.json`, `index.html` and `junit.xml`; each is whole or not there. Raises `UsageError`
    for an unknown format and `ReportError` where the directory cannot be written.
    """
    unknown = [name for name in formats if name not in _RENDERERS]
    if unknown:
        raise UsageError(
            f"There is no report format {', '.join(map(repr, unknown))}.",
            next_step=f"The formats are {', '.join(FORMATS)}.",
        )
    rules = catalogue()
    written = []
    for name in dict.fromkeys(formats):
        filename, renderer = _RENDERERS[name]
        path = directory / filename
        write_atomically(path, renderer(results, rules))
        written.append(path)
    return tuple(written)


def print_results(results: Results, console: Console) -> None:
    """Print `results` as a table, root causes and totals; colour and width are the console's."""
    terminal.print_results(results, console, catalogue())
