"""The index that is shipped, read once."""

from pathlib import Path

import pytest

from plugin_matrix.run.check import open_surface
from plugin_matrix.surface.resolver import Surface


@pytest.fixture(scope="session")
def surface(store: Path) -> Surface:
    return open_surface(store)
