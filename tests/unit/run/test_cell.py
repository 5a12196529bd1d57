"""One cell: what is asked of the probe, and what becomes of what comes back or goes wrong."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

import plugin_matrix.probe
from plugin_matrix.engines.base import Base
from plugin_matrix.engines.environment import PluginLayer
from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.engines.interpreters import Interpreter
from plugin_matrix.errors import DiskFullError, EngineError, EnvironmentMakingError, SandboxError
from plugin_matrix.model import (
    Accelerator,
    Cause,
    Cell,
    CellResult,
    Compatible,
    Engine,
    EngineKind,
    EntryPoint,
    Isolation,
    NotApplicable,
    Observation,
    Platform,
    Plugin,
    Reason,
    Tier,
    Undetermined,
)
from plugin_matrix.model.observation import Child, Concurrent, Ended, FilterCase, Load, Register
from plugin_matrix.plugins import OpenedPlugin
from plugin_matrix.probe.request import Request
from plugin_matrix.run.cell import REAL_TIMES, CellRunner, ProbeSettings
from plugin_matrix.run.plan import PlannedCell, Subject
from plugin_matrix.run.venue import Venue
from plugin_matrix.sandbox import Command, End, Execution, Limits

HISTORY = InterfaceHistory.load()
GENERAL = "vllm.general_plugins"
CELL = Cell("acme==1.0", Engine(EngineKind.REFERENCE, "0.33.0"), Platform(Accelerator.CPU, "3.11"))
ENGINE = Path("/store/engine/site-packages")
BASE = Path("/store/base")
PROBE = Path("/store/probes/1")
SETTINGS = ProbeSettings(repeat=3, threads=5, scenario_seconds=7.0, stub=("torch_npu",), stub_missing=True)
LIMITS = Limits(wall_seconds=11.0)


@dataclass
class FakeEnvironment:
    python: Path = Path("/store/engine/bin/python")
    layers: tuple[Path, ...] = (ENGINE, BASE)
    engine_layers: tuple[Path, ...] = (ENGINE,)
    has_torch: bool = True
    torch_problem: str = ""
    read_only: tuple[Path, ...] = (BASE,)
    generates: bool = True
    variables: dict[str, str] = field(default_factory=lambda: {"TORCHDYNAMO_DISABLE": "1"})
    base: Base = field(
        default_factory=lambda: Base(
            BASE, Interpreter(Path("/python"), Path("/"), {"python_version": "3.11"}), has_torch=True
        )
    )


@dataclass
class FakeEnvironments:
    """Gives one environment, and to each plugin a layer after its name; or fails."""

    environment: FakeEnvironment = field(default_factory=FakeEnvironment)
    error: Exception | None = None
    missing: tuple[str, ...] = ()
    asked: list[tuple[Engine, Platform, bool]] = field(default_factory=list)
    interrupted: bool = False

    def provide(self, engine: Engine, platform: Platform, *, torch: bool) -> FakeEnvironment:
        self.asked.append((engine, platform, torch))
        if self.error is not None:
            raise self.error
        return self.environment

    def add_plugin(self, opened: OpenedPlugin, environment: FakeEnvironment) -> PluginLayer:
        assert environment is self.environment
        layer = Path("/store/layers", opened.plugin.name)
        return PluginLayer((layer,), (Path(f"{layer}-dependencies"),), self.missing)

    def interrupt(self) -> None:
        self.interrupted = True


@dataclass
class FakeSandbox:
    """Notes commands and answers each with the same execution; or fails."""

    execution: Execution
    error: Exception | None = None
    commands: list[Command] = field(default_factory=list)
    interrupted: bool = False

    def run(self, command: Command) -> Execution:
        self.commands.append(command)
        if self.error is not None:
            raise self.error
        return self.execution

    def interrupt(self) -> None:
        self.interrupted = True


def opened(name: str) -> OpenedPlugin:
    plugin = Plugin(
        name=name,
        version="1.0",
        entry_points=(EntryPoint(GENERAL, name, f"{name}:register"),),
        source=name,
        sha256="0" * 64,
    )
    return OpenedPlugin(plugin, Path(f"/store/{name}.whl"))


def planned(*companions: str, **fields: Any) -> PlannedCell:
    subject = Subject(opened("acme"), tuple(map(opened, companions)), fields.pop("scenario_seconds", None))
    return PlannedCell(cell=CELL, subject=subject, **fields)


def good() -> Observation:
    """Return what a plugin without fault shows."""
    ended = Ended(how="reported")
    calls = tuple(msgspec.convert({"index": index, "returned": "None"}, Any) for index in (1, 2, 3))
    known: dict[str, Any] = {"ended": ended, "name": "acme"}
    return msgspec.convert(
        {
            "schema": 1,
            "python": "3.11.9",
            "engine_version": "0.33.0+reference",
            "modules_imported": 12,
            "import_seconds": 0.5,
            "entry_points": [
                {
                    "group": GENERAL,
                    "name": "acme",
                    "value": "acme:register",
                    "distribution": "acme",
                    "of_plugin": True,
                }
            ],
            "scenarios": [
                msgspec.to_builtins(Load(ended=ended, group=GENERAL, name="acme")),
                {**msgspec.to_builtins(Register(**known)), "calls": calls},
                msgspec.to_builtins(Concurrent(**known, threads=5)),
                msgspec.to_builtins(Child(ended=ended, method="fork")),
                msgspec.to_builtins(Child(ended=ended, method="spawn")),
                msgspec.to_builtins(FilterCase(ended=ended, case="empty", value="")),
            ],
        },
        Observation,
    )


def execution(**fields: Any) -> Execution:
    known: dict[str, Any] = {
        "end": End.EXITED,
        "code": 0,
        "seconds": 1.23456,
        "output": "said",
        "output_bytes": 4,
        "result": msgspec.json.encode(good()),
        "isolation": Isolation("process"),
        "peak_memory": 1024,
    }
    return Execution(**(known | fields))


def runner(environments: FakeEnvironments, sandbox: FakeSandbox, *, torch: bool = True) -> CellRunner:
    venue = Venue(
        sandbox,
        environments,  # type: ignore[arg-type]
        probe=lambda _: PROBE,
        byte_code=lambda layer, _: layer,
    )
    return CellRunner(
        venues={CELL.platform: venue},
        history=HISTORY,
        settings=SETTINGS,
        limits=LIMITS,
        torch=torch,
    )


def asked(cell: PlannedCell, **environments: Any) -> tuple[Command, Request]:
    """Return the command of a cell and its request as the probe reads it."""
    sandbox = FakeSandbox(execution())
    runner(FakeEnvironments(**environments), sandbox).run(cell)
    (command,) = sandbox.commands
    return command, Request.from_json(msgspec.json.decode(command.files["request.json"]), "/scratch")


def test_a_good_observation_is_judged_and_its_measurements_are_kept() -> None:
    result = runner(FakeEnvironments(), FakeSandbox(execution())).run(planned(beyond_declared=("vllm<1",)))
    assert result.verdict == Compatible()
    assert result == CellResult(
        id=CELL.id,
        cell=CELL,
        verdict=Compatible(),
        tiers=(Tier.CONTRACT,),
        beyond_declared=("vllm<1",),
        checks=result.checks,
        isolation=Isolation("process"),
        seconds=1.235,
        peak_memory=1024,
        modules_imported=12,
        import_seconds=0.5,
        output="said",
    )
    assert result.checks != ()


def test_what_does_not_apply_is_not_run() -> None:
    environments, sandbox = FakeEnvironments(), FakeSandbox(execution())
    reason = NotApplicable(Reason.WHEEL_TAG, "for another machine")
    result = runner(environments, sandbox).run(planned(not_applicable=reason))
    assert result == CellResult(id=CELL.id, cell=CELL, verdict=reason)
    assert (environments.asked, sandbox.commands) == ([], [])


@pytest.mark.parametrize("where", ["environments", "sandbox"])
@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (SandboxError("No namespaces.", next_step="Allow them."), Cause.SANDBOX),
        (DiskFullError("The disk is full."), Cause.DISK),
        (EnvironmentMakingError("No Python 3.11.", next_step="Install it."), Cause.ENVIRONMENT),
        (EngineError("No such wheel."), Cause.ENVIRONMENT),
        (OSError(12, "Cannot allocate memory"), Cause.ENVIRONMENT),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_trouble_of_ours_is_undetermined_and_says_what_happened(
    where: str, error: Exception, cause: Cause
) -> None:
    environments, sandbox = FakeEnvironments(), FakeSandbox(execution())
    (environments if where == "environments" else sandbox).error = error
    result = runner(environments, sandbox).run(planned())
    assert isinstance(result.verdict, Undetermined)
    assert result.verdict.cause is cause
    assert str(error) in result.verdict.detail
    assert (result.id, result.cell, result.checks) == (CELL.id, CELL, ())


def test_a_defect_of_the_harness_is_not_swallowed() -> None:
    with pytest.raises(ZeroDivisionError):
        runner(FakeEnvironments(error=ZeroDivisionError()), FakeSandbox(execution())).run(planned())


@pytest.mark.parametrize("result", [None, b"", b"{", b"[]", b'{"schema": 9}', b"\xff" * 9])
def test_what_is_no_observation_is_undetermined_and_keeps_what_was_printed(result: bytes | None) -> None:
    seen = runner(FakeEnvironments(), FakeSandbox(execution(result=result))).run(planned())
    assert isinstance(seen.verdict, Undetermined)
    assert seen.verdict.cause is Cause.PROBE
    assert (seen.output, seen.modules_imported, seen.import_seconds) == ("said", None, None)


def test_the_request_holds_the_settings_and_every_layer_by_whose_it_is() -> None:
    _, request = asked(planned("one", "two"))
    layers = Path("/store/layers")
    assert request == Request(
        distribution="acme",
        companions=("one", "two"),
        plugin_layers=(f"{layers}/acme",),
        companion_layers=(f"{layers}/one", f"{layers}/two"),
        dependency_layers=tuple(f"{layers}/{name}-dependencies" for name in ("acme", "one", "two")),
        engine_layers=(str(ENGINE),),
        repeat=3,
        threads=5,
        scenario_seconds=7.0,
        total_seconds=35.0,
        torch=True,
        generate=True,
        scratch="/scratch",
        stand_ins=("torch_npu",),
        stand_in_missing=True,
        brief=False,
    )


def test_a_subject_may_have_a_limit_of_its_own() -> None:
    assert asked(planned(scenario_seconds=2.0))[1].scenario_seconds == 2.0


def test_nothing_of_the_plugin_is_on_the_path_of_the_process_that_writes_the_result() -> None:
    command, _ = asked(planned("one"))
    python, *options, program, request, result = command.argv
    assert python == "/store/engine/bin/python"
    assert {"-I", "-S"} <= set(options)
    assert (program, request, result) == (str(PROBE / "__main__.py"), "{scratch}/request.json", "{result}")
    told = [*command.argv, *command.environment.values()]
    assert [text for text in told if "/store/layers" in text] == []
    assert "PYTHONPATH" not in command.environment


def test_the_cell_may_read_what_it_needs_and_has_the_limits_of_the_run() -> None:
    command, request = asked(planned("one"))
    readable = {str(path) for path in command.read_only}
    of_the_probe = {
        path
        for path in request.search_path
        if path.startswith(str(Path(plugin_matrix.probe.__file__).parent))
    }
    assert readable == {*request.search_path, str(BASE), str(PROBE)} - of_the_probe
    assert command.limits == LIMITS
    assert set(command.files) == {"request.json"}


def test_real_vllm_gets_more_time_and_the_variables_it_needs() -> None:
    real = Cell(CELL.plugin, Engine(EngineKind.RELEASE, CELL.engine.release), CELL.platform)
    environments = FakeEnvironments(FakeEnvironment(generates=False))
    sandbox = FakeSandbox(execution())
    runner(environments, sandbox).run(PlannedCell(cell=real, subject=planned().subject))
    (command,) = sandbox.commands
    assert command.limits.wall_seconds == REAL_TIMES * LIMITS.wall_seconds
    assert command.environment["TORCHDYNAMO_DISABLE"] == "1"
    request = msgspec.json.decode(command.files["request.json"])
    assert (request["scenario_seconds"], request["generate"]) == (REAL_TIMES * 7.0, False)


@pytest.mark.parametrize("wanted", [True, False])
def test_torch_is_asked_for_where_the_run_wants_it(*, wanted: bool) -> None:
    environments = FakeEnvironments()
    runner(environments, FakeSandbox(execution()), torch=wanted).run(planned())
    assert environments.asked == [(CELL.engine, CELL.platform, wanted)]


def test_what_the_cell_had_to_do_without_is_noted() -> None:
    environment = FakeEnvironment(has_torch=False, torch_problem="no wheel for 3.15")
    environments = FakeEnvironments(environment, missing=("numpy<1: no wheel",))
    sandbox = FakeSandbox(execution())
    result = runner(environments, sandbox).run(planned())
    assert result.notes == ("No torch: no wheel for 3.15", "Not installed: numpy<1: no wheel")
    assert msgspec.json.decode(sandbox.commands[0].files["request.json"])["torch"] is False


def test_an_interrupt_reaches_cells_and_installations() -> None:
    environments, sandbox = FakeEnvironments(), FakeSandbox(execution())
    runner(environments, sandbox).interrupt()
    assert (environments.interrupted, sandbox.interrupted) == (True, True)
