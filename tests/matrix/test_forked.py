"""What a cell observes is the same whether its interpreters were started or forked from a warm one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from plugin_matrix.model import Engine, EngineKind
from plugin_matrix.run.shelves import shelves
from plugin_matrix.sandbox.process import ProcessSandbox
from plugin_matrix.sandbox.strategy import Strategy

from ..both_ways import observe

PLAIN = (
    *("general-no-op", "several-entry-points", "name-with-comma", "registry-grows", "env-grows"),
    *("handlers-pile-up", "atexit-piles-up", "thread-left-per-call", "sys-path-grows", "files-leak"),
    *("import-raises", "import-writes-files", "import-starts-process", "register-raises", "platform-dummy"),
    *("main-process-only", "first-process-only", "tokens-differ-in-children", "exits-at-startup"),
    *(
        "filter-ignored-at-startup",
        "filter-ignored-by-pth",
        "hostile-sitecustomize",
        "hostile-clears-environ",
        "hostile-closes-files",
    ),
    *("hostile-deep-recursion", "hostile-forges-result", "hostile-kills-parent", "hostile-os-exit"),
    *("hostile-patches-json", "hostile-replaces-stdout", "hostile-segfault", "hostile-throws-base-exception"),
)
WITH_TORCH = (
    *("model-class", "model-lazy", "import-initialises-accelerator", "register-initialises-accelerator"),
    *("forward-raises", "custom-op-in-register"),
)
ENGINES = tuple(Engine(EngineKind.REFERENCE, release) for release in ("0.8.5", "0.33.0"))


@pytest.fixture(scope="module")
def sandbox(store: Path) -> Iterator[ProcessSandbox]:
    made = ProcessSandbox(store / "scratch", shelves=shelves(store))
    if made.strategy is Strategy.PROCESS_GROUP:
        pytest.skip("this machine permits no namespaces")
    yield made
    made.close()


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.release)
@pytest.mark.parametrize("name", PLAIN)
def test_a_fixture_is_observed_alike_executed_and_forked(
    sandbox: ProcessSandbox, store: Path, name: str, engine: Engine
) -> None:
    executed, forked = (
        observe(sandbox, store, [name], engine, torch=False, forking=forking) for forking in (False, True)
    )
    assert forked == executed


@pytest.mark.usefixtures("torch_python")
@pytest.mark.parametrize("name", WITH_TORCH)
def test_a_fixture_that_imports_torch_is_observed_alike_executed_and_forked(
    sandbox: ProcessSandbox, store: Path, name: str
) -> None:
    executed, forked = (
        observe(sandbox, store, [name], ENGINES[-1], torch=True, forking=forking) for forking in (False, True)
    )
    assert forked == executed


@pytest.mark.parametrize("release", ["0.10.2", "0.21.0"])  # the last without a file, the last that finds none
@pytest.mark.usefixtures("torch_python")
def test_a_model_that_the_engine_itself_inspects_is_observed_alike_executed_and_forked(
    sandbox: ProcessSandbox, store: Path, release: str
) -> None:
    engine = Engine(EngineKind.REFERENCE, release)
    executed, forked = (
        observe(sandbox, store, ["model-lazy"], engine, torch=True, forking=forking)
        for forking in (False, True)
    )
    assert forked == executed
