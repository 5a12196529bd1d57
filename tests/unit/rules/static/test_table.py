"""The table: engines before and after, a plugin, and exactly what must be found."""

import re
from pathlib import Path

import pytest

from plugin_matrix.rules import catalogue

from .row import RELEASES, Row, judged, told
from .rows_arguments import ROWS as ARGUMENTS
from .rows_attributes import ROWS as ATTRIBUTES
from .rows_calls import ROWS as CALLS
from .rows_classes import ROWS as CLASSES
from .rows_guards import ROWS as GUARDS
from .rows_imports import ROWS as IMPORTS
from .rows_models import ROWS as MODELS
from .rows_patches import ROWS as PATCHES
from .rows_reach import ROWS as REACH

FAMILIES = {
    "imports": IMPORTS,
    "attributes": ATTRIBUTES,
    "calls": CALLS,
    "classes": CLASSES,
    "models": MODELS,
    "patches": PATCHES,
    "guards": GUARDS,
    "reach": REACH,
    "arguments": ARGUMENTS,
}
ROWS = {f"{family}: {row.name}": row for family, rows in FAMILIES.items() for row in rows}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_what_is_found_is_what_is_expected(row: Row, tmp_path: Path) -> None:
    found = told(judged(row, tmp_path), RELEASES[: len(row.engines)])
    assert found == set(row.expected)


def test_no_two_rows_have_one_name() -> None:
    assert len(ROWS) == sum(len(rows) for rows in FAMILIES.values())


def test_there_are_rows_enough() -> None:
    assert len(ROWS) >= 150


def test_every_static_rule_is_found_by_some_rows_and_not_by_others() -> None:
    expected = {line.split()[0] for row in ROWS.values() for line in row.expected}
    of_models = {"PM801", "PM802", "PM803", "PM804", "PM805"}
    assert expected == of_models | {rule for rule in catalogue() if re.match("PM[2345]", rule)}
    assert sum(not row.expected for row in ROWS.values()) >= 60


@pytest.mark.parametrize("row", [*ROWS.values()][::12], ids=[*ROWS][::12])
def test_a_second_process_finds_what_one_alone_finds(
    row: Row, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = judged(row, tmp_path / "alone")
    monkeypatch.setattr("plugin_matrix.rules.static.judging.MANY_USES", 0)
    assert judged(row, tmp_path / "helped") == alone
