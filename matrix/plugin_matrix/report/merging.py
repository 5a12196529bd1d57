"""Merging: what many cells say alike is said once, with all their releases."""

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

from plugin_matrix.model import Cell

_Value = TypeVar("_Value", bound=Hashable)

RELEASE = "<release>"
"""Stands for each cell's own release in a text that differs in nothing else."""


def merged(pairs: Iterable[tuple[Cell, _Value]]) -> dict[_Value, list[Cell]]:
    """Return each value once, in order of appearance, with the cells it came from."""
    cells: dict[_Value, list[Cell]] = defaultdict(list)
    for cell, value in pairs:
        cells[value].append(cell)
    return cells


def merged_but_release(
    pairs: Iterable[tuple[Cell, _Value]], generalise: Callable[[_Value, str], _Value]
) -> dict[_Value, list[Cell]]:
    """Return each value once, as `merged` does; values that differ in their cells' release only are one.

    `generalise` takes a value and a release and writes `RELEASE` for it. A value that names a
    release for reasons of its own (`gone since 0.11.0`), and so on several releases, is left as it is.
    """
    exact = merged(pairs)
    general = {value: _general(value, cells, generalise) for value, cells in exact.items()}
    alike: dict[_Value, int] = defaultdict(int)
    for value in general.values():
        alike[value] += 1
    together: dict[_Value, list[Cell]] = defaultdict(list)
    for value, cells in exact.items():
        together[general[value] if alike[general[value]] > 1 else value].extend(cells)
    return together


def _general(value: _Value, cells: Iterable[Cell], generalise: Callable[[_Value, str], _Value]) -> _Value:
    releases = {cell.engine.release for cell in cells}
    return generalise(value, releases.pop()) if len(releases) == 1 else value


def without_release(text: str, release: str) -> str:
    """Write `RELEASE` where `text` names `release` (and not `10.6.6` or `0.6.6.1` for `0.6.6`)."""
    return re.sub(rf"(?<![\w.]){re.escape(release)}(?!\w|\.\w)", RELEASE, text)
