"""Every rule in tables: what must be found, and that nothing else is."""

import pytest

from plugin_matrix.model import Compatible, Incompatible, Level, Undetermined
from plugin_matrix.rules import CHECKS, catalogue

from . import (
    rows_components,
    rows_doubts,
    rows_hygiene,
    rows_loader,
    rows_metadata,
    rows_models,
    rows_platform,
    rows_processes,
    rows_real,
)
from .row import Row
from .seen import findings_of

FAMILIES = (
    rows_metadata,
    rows_loader,
    rows_processes,
    rows_platform,
    rows_models,
    rows_components,
    rows_hygiene,
    rows_doubts,
    rows_real,
)
ROWS = {
    f"{family.__name__.rpartition('rows_')[2]}: {row.name}": row for family in FAMILIES for row in family.ROWS
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_exactly_what_is_wrong_is_found(row: Row) -> None:
    judgement = row.judgement()
    verdict = judgement.verdict
    assert {(one.rule, one.subject) for one in findings_of(judgement)} == row.expected
    levels = {catalogue()[rule].level for rule, _ in row.expected}
    if Level.ERROR in levels:
        assert isinstance(verdict, Incompatible)
    elif row.cause is not None:
        assert isinstance(verdict, Undetermined)
        assert verdict.cause is row.cause
        assert verdict.detail
    else:
        assert isinstance(verdict, Compatible)
    assert [check.id for check in judgement.checks] == [kind.id for kind in CHECKS]


def test_no_two_rows_have_one_name() -> None:
    assert len(ROWS) == sum(len(family.ROWS) for family in FAMILIES)


def test_every_rule_of_the_catalogue_is_found_by_some_row_and_no_other_is() -> None:
    found = {rule for row in ROWS.values() for rule, _ in row.expected}
    observed = {rule for rule in catalogue() if not "PM105" <= rule < "PM600"}  # those are judged from source
    assert found == observed
