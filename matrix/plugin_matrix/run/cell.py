"""Running one cell: request in, observation out, judged."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from plugin_matrix.engines.environment import Environment, PluginLayer
from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.errors import DiskFullError, PluginMatrixError, SandboxError
from plugin_matrix.model import Cause, CellResult, Engine, Observation, Platform, Undetermined
from plugin_matrix.rules import DecodeProblem, decode_observation, judge
from plugin_matrix.run.plan import PlannedCell
from plugin_matrix.run.venue import Venue
from plugin_matrix.run.warming import warm_interpreter
from plugin_matrix.sandbox import Command, Execution, Limits

REAL_TIMES = 2
"""How much more time real vLLM gets: it imports in ten seconds what the reference engine does in a tenth."""
GENERATING_TIMES = 4
"""How much more time it gets where it generates, which starts two whole engines and three processes."""

GENERATING_FILE_BYTES = 512 * 1024**2
"""A queue between real vLLM's processes is a sparse file of 240 MiB in shared memory
(`vllm/distributed/device_communicators/shm_broadcast.py:337`, 0.32.0); what it fills counts as scratch."""


class ProbeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What the probe is told; see `plugin_matrix.probe`."""

    schema: int = 1
    distribution: str
    companions: tuple[str, ...]
    layers: dict[str, tuple[str, ...]]
    repeat: int
    threads: int
    scenario_seconds: float
    torch: bool
    generate: bool
    scratch: str
    stand_ins: tuple[str, ...] = ()
    stand_in_missing: bool = False
    brief: bool = False


class ProbeSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How thoroughly a cell is probed."""

    repeat: int = 10
    """Calls of each plugin function in one process."""
    threads: int = 8
    scenario_seconds: float = 30.0
    """A plugin that has not returned by then hangs."""
    stub: tuple[str, ...] = ()
    """Top-level modules to stand in for where they are absent."""
    stub_missing: bool = False
    """Stand in for whatever absent module the plugin cannot do without."""
    brief: bool = False
    """Import and call the entry points only; the other checks are then not made."""


class Observed(msgspec.Struct, frozen=True):
    """What came of running a cell, before anybody judges it."""

    execution: Execution
    observation: Observation | DecodeProblem | None
    has_torch: bool
    notes: tuple[str, ...]


class CellRunner:
    """Runs cells of one matrix; safe to use from several threads."""

    def __init__(
        self,
        *,
        venues: Mapping[Platform, Venue],
        history: InterfaceHistory,
        settings: ProbeSettings,
        limits: Limits,
        torch: bool = True,
    ) -> None:
        self._venues = venues
        self._history = history
        self._settings = settings
        self._limits = limits
        self._torch = torch

    def run(self, planned: PlannedCell) -> CellResult:
        """Run and judge one cell; trouble of ours becomes an undetermined verdict, never an exception."""
        if planned.not_applicable is not None:
            return CellResult(id=planned.cell.id, cell=planned.cell, verdict=planned.not_applicable)
        try:
            return self._run(planned)
        except PluginMatrixError as error:
            verdict = Undetermined(_cause(error), str(error))
        except OSError as error:
            verdict = Undetermined(Cause.ENVIRONMENT, f"The machine refused: {error}")
        return CellResult(id=planned.cell.id, cell=planned.cell, verdict=verdict)

    def interrupt(self) -> None:
        """End cells and installations under way."""
        for venue in self._venues.values():
            venue.sandbox.interrupt()
            venue.environments.interrupt()

    def observe(self, planned: PlannedCell) -> Observed:
        """Run one cell without judging it; raises `PluginMatrixError` or `OSError` for trouble of ours."""
        cell, subject = planned.cell, planned.subject
        venue = self._venues[cell.platform]
        environment = venue.environments.provide(cell.engine, cell.platform, torch=self._torch)
        opened = (subject.opened, *subject.companions)
        layers = tuple(
            venue.byte_code(venue.environments.add_plugin(one, environment), environment) for one in opened
        )
        probe = venue.probe(environment)
        execution = venue.sandbox.run(self._command(planned, environment, layers, probe))
        notes = _notes(environment, layers)
        return Observed(execution, decode_observation(execution.result), environment.has_torch, notes)

    def _run(self, planned: PlannedCell) -> CellResult:
        cell = planned.cell
        observed = self.observe(planned)
        execution = observed.execution
        judgement = judge(
            plugin=planned.subject.opened.plugin,
            cell=cell,
            execution=execution,
            observation=observed.observation,
            history=self._history,
            has_torch=observed.has_torch,
        )
        seen = observed.observation if isinstance(observed.observation, Observation) else None
        return CellResult(
            id=cell.id,
            cell=cell,
            verdict=judgement.verdict,
            tiers=judgement.tiers,
            stand_ins=judgement.stand_ins,
            beyond_declared=planned.beyond_declared,
            checks=judgement.checks,
            isolation=execution.isolation,
            seconds=round(execution.seconds, 3),
            peak_memory=execution.peak_memory,
            modules_imported=seen.modules_imported if seen else None,
            import_seconds=seen.import_seconds if seen else None,
            notes=observed.notes,
            output=execution.output,
        )

    def _command(
        self,
        planned: PlannedCell,
        environment: Environment,
        layers: tuple[PluginLayer, ...],
        probe: Path,
    ) -> Command:
        subject = planned.subject
        own, *companions = layers
        companion_paths = tuple(path for layer in companions for path in layer.plugin_paths)
        dependency_paths = tuple(path for layer in layers for path in layer.dependency_paths)
        engine = planned.cell.engine
        seconds = _times(engine) * (subject.scenario_seconds or self._settings.scenario_seconds)
        request = ProbeRequest(
            distribution=subject.opened.plugin.name,
            companions=tuple(companion.plugin.name for companion in subject.companions),
            layers={
                "plugin": _texts(own.plugin_paths),
                "companions": _texts(companion_paths),
                "dependencies": _texts(dependency_paths),
                "engine": _texts(environment.engine_layers),
            },
            repeat=self._settings.repeat,
            threads=self._settings.threads,
            scenario_seconds=seconds,
            torch=environment.has_torch,
            generate=environment.generates,
            scratch=".",
            stand_ins=self._settings.stub,
            stand_in_missing=self._settings.stub_missing,
            brief=self._settings.brief,
        )
        python = str(environment.python)
        variables = variables_of(environment)
        return Command(
            # Nothing of the plugin may run in the probe's own process, not even its `sitecustomize`: the
            # probe puts the layers on the path of the interpreters that it starts.
            argv=(python, "-I", "-S", "-B", str(probe / "__main__.py"), "{scratch}/request.json", "{result}"),
            environment=variables,
            files={"request.json": msgspec.json.encode(request)},
            read_only=(
                *environment.read_only,
                *own.plugin_paths,
                *companion_paths,
                *dependency_paths,
                probe,
            ),
            limits=_limits(self._limits, engine),
            warm=warm_interpreter(environment, layers, probe, variables),
        )


def _limits(limits: Limits, engine: Engine) -> Limits:
    """Return what a cell on `engine` may use."""
    generates = engine.is_real and engine.generates
    return msgspec.structs.replace(
        limits,
        wall_seconds=limits.wall_seconds * _times(engine),
        file_bytes=max(limits.file_bytes, GENERATING_FILE_BYTES) if generates else limits.file_bytes,
    )


def _times(engine: Engine) -> int:
    """Return how much more time an engine gets than the reference engine."""
    if not engine.is_real:
        return 1
    return GENERATING_TIMES if engine.generates else REAL_TIMES


def variables_of(environment: Environment) -> dict[str, str]:
    """Return the environment variables of whatever runs on an engine."""
    return {
        "HOME": "{scratch}/home",
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "PATH": f"{environment.python.parent}:/usr/local/bin:/usr/bin:/bin",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "TMPDIR": "{scratch}",
        "VLLM_CACHE_ROOT": "{scratch}/vllm",
        "XDG_CACHE_HOME": "{scratch}/cache",
        **environment.variables,
    }


def _notes(environment: Environment, layers: tuple[PluginLayer, ...]) -> tuple[str, ...]:
    torch = (f"No torch: {environment.torch_problem}",) if environment.torch_problem else ()
    return (*torch, *(f"Not installed: {missing}" for layer in layers for missing in layer.missing))


def _texts(paths: Iterable[Path]) -> tuple[str, ...]:
    return tuple(str(path) for path in paths)


def _cause(error: PluginMatrixError) -> Cause:
    match error:
        case DiskFullError():
            return Cause.DISK
        case SandboxError():
            return Cause.SANDBOX
        case _:
            return Cause.ENVIRONMENT
