"""Runs fixtures without judging them."""

from functools import cache
from pathlib import Path

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.engines.interpreters import default_platforms
from plugin_matrix.model import Engine, Observation
from plugin_matrix.plugins import OpenedPlugin, open_plugin
from plugin_matrix.run.building import SandboxedBackend
from plugin_matrix.run.cell import CellRunner, ProbeSettings
from plugin_matrix.run.expectations import load_expectation
from plugin_matrix.run.plan import Subject, plan_cells
from plugin_matrix.run.venue import venues
from plugin_matrix.sandbox import Limits
from plugin_matrix.sandbox.process import ProcessSandbox

FIXTURES = Path(__file__).parents[2] / "plugins_fixtures"
HISTORY = InterfaceHistory.load()


class Bench:
    """A store and a sandbox to run them in."""

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
