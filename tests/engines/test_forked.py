"""What a cell observes of real vLLM is the same whether its interpreters were started or forked."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from plugin_matrix.model import Engine, EngineKind
from plugin_matrix.run.shelves import shelves
from plugin_matrix.sandbox.process import ProcessSandbox

from ..both_ways import observe

# One for each set of packages that releases share.
RELEASES = ("0.9.2", "0.13.0", "0.33.0")
FIXTURES = (
    *("general-no-op", "model-class", "model-lazy", "platform-dummy", "register-raises"),
    "tokens-differ-in-children",
)


@pytest.fixture(scope="module")
def sandbox(store: Path) -> Iterator[ProcessSandbox]:
    made = ProcessSandbox(store / "scratch", shelves=shelves(store))
    yield made
    made.close()


@pytest.mark.usefixtures("bench")
@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("name", FIXTURES)
def test_a_fixture_is_observed_alike_executed_and_forked(
    sandbox: ProcessSandbox, store: Path, name: str, release: str
) -> None:
    engine = Engine(EngineKind.RELEASE, release)
    executed, forked = (
        observe(sandbox, store, [name], engine, torch=True, forking=forking) for forking in (False, True)
    )
    assert forked == executed
