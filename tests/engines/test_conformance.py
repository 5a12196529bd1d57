"""The reference engine held to the real one: the same probes on both, compared observation by observation.

Set PLUGIN_MATRIX_CONFORMANCE to `all` for every fixture, or to names with commas between them, and
PLUGIN_MATRIX_CONFORMANCE_RELEASES to other releases.
"""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.engines.interpreters import default_platforms
from plugin_matrix.model import Engine, EngineKind, Observation
from plugin_matrix.plugins import OpenedPlugin, open_plugin
from plugin_matrix.plugins.store import Store
from plugin_matrix.run.building import SandboxedBackend
from plugin_matrix.run.cell import CellRunner, ProbeSettings
from plugin_matrix.run.expectations import load_expectation
from plugin_matrix.run.plan import Subject, plan_cells
from plugin_matrix.run.venue import venues
from plugin_matrix.sandbox import Limits
from plugin_matrix.sandbox.process import ProcessSandbox

from .comparing import differences, facts
from .differences import known_differences, unexplained

FIXTURES = Path(__file__).parents[2] / "plugins_fixtures"
# Every kind of scenario, well and not well; `all` takes hours on two processors.
CHOSEN = (
    "attn-backend-signature-0-13-0,endpoint-plugin,filter-ignored,io-processor,lazy-string-wrong-class,"
    "logits-processor,model-attention,model-lazy,name-collides-first,name-with-comma,no-sample,"
    "overrides-builtin-model,platform-dummy,platform-members-missing,platform-shadows-builtin,"
    "platforms-two-active,quantization-unguarded,register-raises,registry-grows,second-call-raises,"
    "several-entry-points,stat-logger"
)
RELEASES = "0.7.3,0.8.5.post1,0.9.2,0.10.2,0.11.2,0.13.0,0.16.0,0.20.2,0.25.1,0.30.0,0.32.0,0.33.0"
HISTORY = InterfaceHistory.load()


def _chosen() -> list[str]:
    wanted = os.environ.get("PLUGIN_MATRIX_CONFORMANCE") or CHOSEN
    if wanted == "all":
        # What attacks its cell says nothing about an engine, and takes all the time there is.
        names = sorted(path.parent.name for path in FIXTURES.glob("*/expect.toml"))
        return [name for name in names if not name.startswith("hostile-")]
    return wanted.split(",")


def _releases() -> list[str]:
    return (os.environ.get("PLUGIN_MATRIX_CONFORMANCE_RELEASES") or RELEASES).split(",")


class Bench:
    """Runs fixtures without judging them."""

    def __init__(self, store: Path, sandbox: ProcessSandbox) -> None:
        limits = Limits()
        self._store = store
        self._backend = SandboxedBackend(lambda: sandbox)
        self._platforms = default_platforms()
        self._runner = CellRunner(
            venues=venues(sandbox, self._platforms, store, limits),
            history=HISTORY,
            settings=ProbeSettings(),
            limits=limits,
        )
        self._open = cache(self._opened)

    def observe(self, fixture: str, engine: Engine) -> Observation | None:
        """Return what was seen; None where the fixture is not meant for the release."""
        expectation = load_expectation(FIXTURES / fixture)
        assert expectation is not None
        beside = tuple(self._open(name) for name in expectation.beside)
        subject = Subject(self._open(fixture), beside, expectation.scenario_seconds)
        (planned,) = plan_cells([subject], [engine], self._platforms, HISTORY)
        if planned.not_applicable is not None:
            return None
        observed = self._runner.observe(planned)
        assert isinstance(observed.observation, Observation), (
            observed.execution.end,
            observed.execution.output,
        )
        return observed.observation

    def _opened(self, fixture: str) -> OpenedPlugin:
        return open_plugin(str(FIXTURES / fixture), self._store, run=self._backend)


@pytest.fixture(scope="module")
def bench(store: Path) -> Iterator[Bench]:
    sandbox = ProcessSandbox(store / "scratch")
    with Store(store).in_use():
        yield Bench(store, sandbox)
    sandbox.close()


@pytest.mark.parametrize("release", _releases())
@pytest.mark.parametrize("fixture", _chosen())
def test_a_plugin_sees_on_the_reference_engine_what_it_sees_on_the_release(
    fixture: str, release: str, bench: Bench
) -> None:
    reference = bench.observe(fixture, Engine(EngineKind.REFERENCE, release))
    if reference is None:
        pytest.skip(f"{fixture} is not meant for {release}")
    real = bench.observe(fixture, Engine(EngineKind.RELEASE, release))
    assert real is not None
    lines = unexplained(differences(facts(reference), facts(real)), known_differences(), fixture, release)
    assert not lines, "\n".join(lines)
