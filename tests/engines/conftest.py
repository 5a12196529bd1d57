"""One sandbox for all cells; real engines are fetched where somebody asks for them only."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from plugin_matrix.plugins.store import Store
from plugin_matrix.run.shelves import shelves
from plugin_matrix.sandbox.process import ProcessSandbox

from .bench import Bench


@pytest.fixture(scope="session")
def bench(store: Path) -> Iterator[Bench]:
    if not os.environ.get("PLUGIN_MATRIX_REAL_ENGINES"):
        pytest.skip("fetches releases of vLLM: `nox -s conformance`, or set PLUGIN_MATRIX_REAL_ENGINES=1")
    sandbox = ProcessSandbox(store / "scratch", shelves=shelves(store))
    with Store(store).in_use():
        yield Bench(store, sandbox)
    sandbox.close()
