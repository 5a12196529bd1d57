"""Five published plugins on three engines, whole way, against what their sources do on those releases.

The table was read off the plugins' wheels and the releases' sources. The plugins are pinned, so that a new
release of theirs changes nothing here.
"""

from pathlib import Path

import pytest

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.engines.interpreters import default_platforms
from plugin_matrix.errors import PluginError
from plugin_matrix.model import Cause, Compatible, Incompatible, NotApplicable, Results, Undetermined
from plugin_matrix.plugins.opening import open_plugin
from plugin_matrix.run.matrix import Request, RunSettings, run_matrix
from plugin_matrix.run.progress import SilentProgress
from plugin_matrix.run.selection import select_engines
from plugin_matrix.run.shelves import shelves
from plugin_matrix.sandbox import Limits
from plugin_matrix.sandbox.process import ProcessSandbox

ABLATED, FLASH_HEAD = "ablated-vllm-plugin==0.0.1", "flash-head==0.1.10"
INFERLENS, METAL = "inferlens==0.1.0.dev0", "vllm-metal==0.1.0"
SOVEREIGN = "sovereign-pulse-vllm==0.1.1"

COMPATIBLE, NOT_MODELLED = (Compatible, None), (Undetermined, Cause.NOT_MODELLED)
EXPECTED = [
    # vLLM has Qwen3.5, which the plugin's model derives from, since 0.17.0; the reference engine has it not.
    (ABLATED, "0.13.0", (Incompatible, None), {"PM801"}),
    (ABLATED, "0.26.0", NOT_MODELLED, set()),
    (ABLATED, "0.33.0", NOT_MODELLED, set()),
    # Four of its architectures are Qwen3.5's; from 0.29.0 its patch of `_get_logits` lacks a parameter.
    (FLASH_HEAD, "0.13.0", (Incompatible, None), {"PM801"}),
    (FLASH_HEAD, "0.26.0", NOT_MODELLED, set()),
    (FLASH_HEAD, "0.33.0", (Incompatible, None), {"PM806"}),
    # A callable per request, as V0 had them, in the group of V1's processors.
    (SOVEREIGN, "0.13.0", (Incompatible, None), {"PM821"}),
    (SOVEREIGN, "0.26.0", (Incompatible, None), {"PM821"}),
    (SOVEREIGN, "0.33.0", (Incompatible, None), {"PM821"}),
    (INFERLENS, "0.13.0", COMPATIBLE, set()),
    (INFERLENS, "0.26.0", COMPATIBLE, set()),
    (INFERLENS, "0.33.0", COMPATIBLE, set()),
    # vllm.attention.backends.registry is gone from 0.14.0 on (vllm-project/vllm-metal#493).
    (METAL, "0.13.0", COMPATIBLE, set()),
    (METAL, "0.26.0", (Incompatible, None), {"PM701"}),
    (METAL, "0.33.0", (Incompatible, None), {"PM701"}),
]
PLUGINS = sorted({plugin for plugin, *_ in EXPECTED})
ENGINES = sorted({engine for _, engine, *_ in EXPECTED})


@pytest.fixture(scope="session")
def fetched(store: Path) -> None:
    for plugin in PLUGINS:
        try:
            open_plugin(plugin, store)
        except PluginError as error:
            pytest.skip(f"the package index does not offer what is tested: {error}")


@pytest.fixture(scope="module")
def results(store: Path, fetched: None, torch_python: str) -> Results:  # noqa: ARG001 (skip before work)
    history = InterfaceHistory.load()
    return run_matrix(
        [Request(plugin) for plugin in PLUGINS],
        select_engines([",".join(ENGINES)], history),
        default_platforms(),
        settings=RunSettings(store=store, limits=Limits(memory_bytes=4 * 1024**3), beyond_declared=True),
        sandbox=ProcessSandbox(store / "scratch", shelves=shelves(store)),
        history=history,
        progress=SilentProgress(),
    )


def test_every_plugin_was_judged_on_every_engine(results: Results) -> None:
    assert results.problems == ()
    assert {(cell.cell.plugin, cell.cell.engine.release) for cell in results.cells} == {
        (plugin, engine) for plugin, engine, *_ in EXPECTED
    }


@pytest.mark.parametrize(
    ("plugin", "engine", "verdict", "rules"), EXPECTED, ids=[f"{p}-{e}" for p, e, *_ in EXPECTED]
)
def test_a_published_plugin_is_judged_as_its_source_behaves(
    plugin: str,
    engine: str,
    verdict: tuple[type, Cause | None],
    rules: set[str],
    results: Results,
) -> None:
    [found] = [c.verdict for c in results.cells if (c.cell.plugin, c.cell.engine.release) == (plugin, engine)]
    cause = found.cause if isinstance(found, Undetermined) else None
    assert (type(found), cause) == verdict, found
    assert not isinstance(found, NotApplicable)
    assert {finding.rule for finding in found.findings} == rules
