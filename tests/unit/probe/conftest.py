"""Fixtures of the probe's tests."""

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from cell import Cell
from forking import Forking


@pytest.fixture(scope="session", autouse=True)
def heeded() -> Iterator[None]:
    """Let programs heed the signals that a test run in the background ignores, as the sandbox does."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)}
    for number, handler in before.items():
        if handler is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


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
