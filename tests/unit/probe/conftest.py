"""Fixtures of the probe's tests."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from cell import Cell
from forking import Forking


@pytest.fixture(scope="session")
def forking() -> Iterator[Forking]:
    made = Forking()
    yield made
    made.close()


@pytest.fixture(params=["executed", "forked"])
def cell(tmp_path: Path, request: pytest.FixtureRequest) -> Cell:
    """A place whose interpreters are started, and one where they are forks: all is seen alike in both."""
    forked = request.param == "forked"
    return Cell(tmp_path, forking=request.getfixturevalue("forking") if forked else None)
