"""Reports: `results.json` and everything made from it.

`results.json` is the only source; no format knows more than it says.
"""

from collections.abc import Callable, Collection, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from plugin_matrix.errors import UsageError
from plugin_matrix.model import Results, Rule
from plugin_matrix.report.document import read_results, write_results
from plugin_matrix.report.explain import explain_rule
from plugin_matrix.report.writing import writable_directory, write_atomically
from plugin_matrix.rules.catalogue import catalogue

if TYPE_CHECKING:
    from rich.console import Console

__all__ = [
    "FORMATS",
    "explain_rule",
    "print_results",
    "read_results",
    "render",
    "rendered",
    "writable_directory",
    "write_results",
]

_Render = Callable[[Results, Mapping[str, Rule]], bytes]

_RENDERERS = {
    "json": ("results.json", "document:json_document"),
    "html": ("index.html", "html:html"),
    "junit": ("junit.xml", "junit:junit_document"),
    "markdown": ("report.md", "surface.markdown:markdown"),
    "sarif": ("results.sarif", "surface.sarif:sarif"),
}
"""File and function of each format; a format's module, with the libraries it needs, is imported when used."""
_OF_SURFACE = frozenset({"markdown", "sarif"})
"""Formats of what `check` finds; they say nothing of cells."""

FORMATS = tuple(_RENDERERS)
"""Names of the formats `render` writes."""


def render(results: Results, directory: Path, formats: Collection[str] = FORMATS) -> tuple[Path, ...]:
    """Write `results` into `directory` in each of `formats` and return the files.

    Each file is whole or not there. Formats that have nothing to say of these results are left out.
    Raises `UsageError` for an unknown format and `ReportError` where the directory cannot be written.
    """
    unknown = [name for name in formats if name not in _RENDERERS]
    if unknown:
        raise UsageError(
            f"There is no report format {', '.join(map(repr, unknown))}.",
            next_step=f"The formats are {', '.join(FORMATS)}.",
        )
    written = []
    for name in dict.fromkeys(formats):
        if name in _OF_SURFACE and not results.surface and results.cells:
            continue
        path = directory / _RENDERERS[name][0]
        write_atomically(path, rendered(results, name))
        written.append(path)
    return tuple(written)


def rendered(results: Results, format_name: str) -> bytes:
    """Return `results` in one of `FORMATS`."""
    module, _, function = _RENDERERS[format_name][1].partition(":")
    render_document: _Render = getattr(import_module(f"{__name__}.{module}"), function)
    return render_document(results, catalogue())


def print_results(results: Results, console: "Console") -> None:
    """Print `results` as a table, root causes and totals; colour and width are the console's.

    What `check` found is printed as `check` does.
    """
    if results.surface:
        from plugin_matrix.report.surface import print_answer  # noqa: PLC0415 - as below

        print_answer(results)
    if results.cells or not results.surface:
        from plugin_matrix.report import terminal  # noqa: PLC0415 - rich is for cells' tables

        terminal.print_results(results, console, catalogue())
