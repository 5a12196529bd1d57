"""Reports: `results.json` and everything made from it.

`results.json` is the only source; no format knows more than it says.
"""

from collections.abc import Callable, Collection, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
_Files = Callable[[Results, Mapping[str, Rule]], Mapping[str, bytes]]

_RENDERERS = {
    "json": ("results.json", "document:json_document"),
    "html": ("index.html", "html:html"),
    "junit": ("junit.xml", "junit:junit_document"),
    "markdown": ("report.md", "markdown:markdown"),
    "sarif": ("results.sarif", "sarif:sarif"),
    "badge": ("badges/", "badge:only_badge"),
}
"""File and function of each format; a format's module, with the libraries it needs, is imported when used."""
_OF_SEVERAL_FILES = {"badge": "badge:badges"}
"""Function of a format that is a file for each plugin."""

FORMATS = tuple(_RENDERERS)
"""Names of the formats `render` writes."""


def render(results: Results, directory: Path, formats: Collection[str] = FORMATS) -> tuple[Path, ...]:
    """Write `results` into `directory` in each of `formats` and return the files.

    Each file is whole or not there. Raises `UsageError` for an unknown format and `ReportError` where the
    directory cannot be written.
    """
    unknown = [name for name in formats if name not in _RENDERERS]
    if unknown:
        raise UsageError(
            f"There is no report format {', '.join(map(repr, unknown))}.",
            next_step=f"The formats are {', '.join(FORMATS)}.",
        )
    written = []
    for name in dict.fromkeys(formats):
        for file, content in _files(results, name).items():
            path = directory / file
            write_atomically(path, content)
            written.append(path)
    return tuple(written)


def _files(results: Results, format_name: str) -> Mapping[str, bytes]:
    if format_name not in _OF_SEVERAL_FILES:
        return {_RENDERERS[format_name][0]: rendered(results, format_name)}
    files: _Files = _function(_OF_SEVERAL_FILES[format_name])
    return files(results, catalogue())


def rendered(results: Results, format_name: str) -> bytes:
    """Return `results` in one of `FORMATS`; raises `UsageError` where that takes several files."""
    render_document: _Render = _function(_RENDERERS[format_name][1])
    return render_document(results, catalogue())


def _function(place: str) -> Any:
    module, _, function = place.partition(":")
    return getattr(import_module(f"{__name__}.{module}"), function)


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
