"""Joining the parts of a split run: each cell and each check once, whatever part it came from."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

import msgspec
from packaging.version import Version

from plugin_matrix.errors import ReportError
from plugin_matrix.model import Results, Totals

_Value = TypeVar("_Value", bound=Hashable)


class Part(msgspec.Struct, frozen=True):
    """Results with the name they are called by where something is wrong with them."""

    name: str
    results: Results


def joined(parts: Sequence[Part]) -> Results:
    """Return one document of all parts; decisions of the parts are left out, for they were on parts.

    Raises `ReportError` where two parts hold the same cell or check, so that nothing is counted twice, where
    a plugin has other contents in another part, and where the parts are of different versions of the tool.
    """
    _same_tool(parts)
    _different(parts)
    _once(parts, "the cell", lambda results: (cell.id for cell in results.cells))
    _once(parts, "the check of", lambda results: (result.plugin.id for result in results.surface))
    _same_contents(parts)
    all_of = [part.results for part in parts]
    cells = tuple(cell for results in all_of for cell in results.cells)
    surface = tuple(result for results in all_of for result in results.surface)
    plugins = {plugin.id: plugin for results in reversed(all_of) for plugin in results.plugins}
    # Of a plugin that was run and read, what was run goes before: cells are about those bytes.
    plugins |= {plugin.id: plugin for results in all_of if results.cells for plugin in results.plugins}
    ordered = _distinct(plugin.id for results in all_of for plugin in results.plugins)
    return Results(
        tool_version=all_of[0].tool_version,
        started=min(results.started for results in all_of),
        seconds=round(sum(results.seconds for results in all_of), 3),
        complete=all(results.complete for results in all_of),
        engines=tuple(
            sorted(
                _distinct(engine for results in all_of for engine in results.engines),
                key=lambda engine: (engine.kind, Version(engine.release)),
            )
        ),
        platforms=_distinct(platform for results in all_of for platform in results.platforms),
        plugins=tuple(plugins[name] for name in ordered),
        problems=_distinct(problem for results in all_of for problem in results.problems),
        cells=cells,
        totals=Totals.of(cells),
        surface=surface,
        asked_for=any(results.asked_for for results in all_of),
    )


def _same_tool(parts: Sequence[Part]) -> None:
    first = parts[0]
    for part in parts:
        if part.results.tool_version != first.results.tool_version:
            raise ReportError(
                f"{first.name} is of plugin-matrix {first.results.tool_version}, {part.name} of"
                f" {part.results.tool_version}: their findings cannot be put together.",
                next_step="Make all parts with one version.",
            )


def _different(parts: Sequence[Part]) -> None:
    for number, part in enumerate(parts):
        for other in parts[:number]:
            if part.results == other.results:
                raise ReportError(
                    f"{other.name} and {part.name} are the same results.", next_step="Name each part once."
                )


def _once(parts: Sequence[Part], what: str, ids: Callable[[Results], Iterable[str]]) -> None:
    seen: dict[str, str] = {}
    for part in parts:
        for name in ids(part.results):
            if name in seen:
                raise ReportError(
                    f"{seen[name]} and {part.name} both hold {what} {name}: one part was given twice, or is"
                    " merged into another already.",
                    next_step="Name each part once.",
                )
            seen[name] = part.name


def _same_contents(parts: Sequence[Part]) -> None:
    seen: dict[str, tuple[str, str]] = {}
    for part in parts:
        for plugin in part.results.plugins if part.results.cells else ():
            name, digest = seen.setdefault(plugin.id, (part.name, plugin.sha256))
            if digest != plugin.sha256:
                raise ReportError(
                    f"{plugin.id} has other contents in {part.name} than in {name}.",
                    next_step="Build its wheel once and give that wheel to every part of the run.",
                )


def _distinct(values: Iterable[_Value]) -> tuple[_Value, ...]:
    return tuple(dict.fromkeys(values))
