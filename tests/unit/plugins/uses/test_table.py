"""The table: source of a plugin, and exactly what it asks of vLLM."""

import pytest

from . import rows_classes, rows_edges, rows_imports, rows_patches, rows_tries, rows_values
from .told import Row, edges_told, told


def _ids(row: Row) -> str:
    return row.name


@pytest.mark.parametrize("row", rows_imports.ROWS, ids=_ids)
def test_imports_are_told(row: Row) -> None:
    assert told(row.source, imports=True) == set(row.expected)


@pytest.mark.parametrize(
    "row", [*rows_values.ROWS, *rows_classes.ROWS, *rows_patches.ROWS, *rows_tries.ROWS], ids=_ids
)
def test_uses_are_told(row: Row) -> None:
    assert told(row.source) == set(row.expected)


@pytest.mark.parametrize("row", rows_edges.ROWS, ids=_ids)
def test_edges_are_told(row: Row) -> None:
    assert edges_told(row.source) == set(row.expected)
