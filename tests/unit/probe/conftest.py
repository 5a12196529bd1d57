"""Fixtures of the probe's tests."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from cell import Cell


@pytest.fixture
def cell(tmp_path: Path) -> Cell:
    return Cell(tmp_path)
