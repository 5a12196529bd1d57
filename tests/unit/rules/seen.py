"""Small factories: an observation of a plugin without fault, and what goes wrong with it."""

from collections.abc import Callable
from typing import Any, Literal

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.model import (
    Cell,
    Engine,
    EngineKind,
    EntryPoint,
    Finding,
    Isolation,
    NotApplicable,
    Observation,
    Platform,
    Plugin,
)
from plugin_matrix.model.observation import (
    Call,
    Change,
    Child,
    Component,
    Concurrent,
    Ended,
    EntryPointSeen,
    Event,
    FilterCase,
    Frame,
    Load,
    ModelSeen,
    ObjectSeen,
    PlatformSeen,
    Raised,
    Register,
)
from plugin_matrix.model.platform import Accelerator
from plugin_matrix.rules import DecodeProblem, Judgement, judge
from plugin_matrix.sandbox.protocol import End, Execution

GENERAL = EntryPoint("vllm.general_plugins", "acme", "acme:register")
PLATFORM = EntryPoint("vllm.platform_plugins", "acme_device", "acme.device:platform")
LOGITS = EntryPoint("vllm.logits_processors", "acme_logits", "acme.logits:Acme")
IO = EntryPoint("vllm.io_processor_plugins", "acme_io", "acme.io:name")
STATS = EntryPoint("vllm.stat_logger_plugins", "acme_stats", "acme.stats:Acme")
ENDPOINT = EntryPoint("vllm.endpoint_plugins", "acme_routes", "acme.routes:make")

REPORTED = Ended(how="reported", seconds=0.1)
HUNG = Ended(how="timeout", seconds=30.0)
EXITED = Ended(how="exit", code=3)
HISTORY = InterfaceHistory.load()


def killed(signal: int) -> Ended:
    return Ended(how="signal", code=signal)


def plugin(*points: EntryPoint, **fields: Any) -> Plugin:
    known: dict[str, Any] = {
        "name": "acme",
        "version": "1.0",
        "source": "acme",
        "sha256": "0" * 64,
        "entry_points": points,
    }
    return Plugin(**(known | fields))


def cell(release: str = "0.33.0", python: str = "3.11", kind: EngineKind = EngineKind.REFERENCE) -> Cell:
    return Cell("acme==1.0", Engine(kind, release), Platform(Accelerator.CPU, python))


def execution(end: End = End.EXITED, code: int = 0, **fields: Any) -> Execution:
    known: dict[str, Any] = {
        "end": end,
        "code": code,
        "seconds": 2.0,
        "output": "",
        "output_bytes": 0,
        "result": None,
        "isolation": Isolation("process"),
    }
    return Execution(**(known | fields))


def in_plugin(file: str = "acme/__init__.py", function: str = "register", line: int = 7) -> Frame:
    return Frame(file=file, line=line, function=function, origin="plugin")


def in_engine(function: str, file: str = "vllm/plugins/__init__.py") -> Frame:
    return Frame(file=file, line=90, function=function, origin="engine")


def error(kind: str = "RuntimeError", message: str = "no luck", *frames: Frame, **fields: Any) -> Raised:
    return Raised(type=kind, message=message, frames=frames or (in_plugin(),), **fields)


def no_module(module: str, *frames: Frame, cause: str | None = None) -> Raised:
    return Raised(
        type="ModuleNotFoundError",
        message=f"No module named '{module}'",
        frames=frames,
        missing_module=module,
        cause=cause,
    )


def no_name(module: str, name: str) -> Raised:
    return Raised(
        type="ImportError",
        message=f"cannot import name '{name}' from '{module}' (/somewhere/{module}.py)",
        frames=(in_plugin(function="<module>"),),
        missing_module=module,
        missing_name=name,
    )


def no_attribute(module: str, name: str, *frames: Frame) -> Raised:
    return Raised(
        type="AttributeError",
        message=f"module '{module}' has no attribute '{name}'",
        frames=frames,
        missing_module=module,
        missing_name=name,
    )


def call(index: int, *changes: Change, raised: Raised | None = None, returned: str = "None") -> Call:
    return Call(index=index, raised=raised, returned=None if raised else returned, changes=changes)


def change(kind: Any, subject: str = "thing", before: str | None = "1", after: str | None = "2") -> Change:
    return Change(kind=kind, subject=subject, before=before, after=after)


def event(
    kind: Any, detail: str, phase: Literal["import", "call"] = "import", *, allowed: bool = True
) -> Event:
    return Event(kind=kind, detail=detail, phase=phase, allowed=allowed, frames=(in_plugin(),))


def load(point: EntryPoint = GENERAL, **fields: Any) -> Load:
    known: dict[str, Any] = {"ended": REPORTED, "group": point.group, "name": point.name}
    if not fields.keys() & {"raised", "ended"}:
        kind: Literal["class", "function"] = "class" if point in {LOGITS, STATS} else "function"
        known["object"] = ObjectSeen(kind=kind, callable=True, qualname=point.value.replace(":", "."))
    return Load(**(known | fields))


def register(point: EntryPoint = GENERAL, **fields: Any) -> Register:
    known: dict[str, Any] = {"ended": REPORTED, "name": point.name, "calls": (call(1), call(2), call(3))}
    return Register(**(known | fields))


def concurrent(point: EntryPoint = GENERAL, **fields: Any) -> Concurrent:
    known: dict[str, Any] = {"ended": REPORTED, "name": point.name, "threads": 8}
    return Concurrent(**(known | fields))


def child(method: str, **fields: Any) -> Child:
    known: dict[str, Any] = {"ended": REPORTED, "method": method}
    return Child(**(known | fields))


def filtered(case: str = "other", value: str | None = "nobody", **fields: Any) -> FilterCase:
    known: dict[str, Any] = {"ended": REPORTED, "case": case, "value": value}
    return FilterCase(**(known | fields))


def platform(point: EntryPoint = PLATFORM, **fields: Any) -> PlatformSeen:
    name = "acme.device.AcmePlatform"
    answer = repr(name)
    known: dict[str, Any] = {
        "ended": REPORTED,
        "name": point.name,
        "calls": (call(1, returned=answer), call(2, returned=answer)),
        "returned_type": "str",
        "value": name,
        "resolved": name,
        "is_platform": True,
    }
    return PlatformSeen(**(known | fields))


def absent_platform(point: EntryPoint = PLATFORM, **fields: Any) -> PlatformSeen:
    known: dict[str, Any] = {
        "returned_type": "NoneType",
        "value": None,
        "resolved": "vllm.platforms.cpu.CpuPlatform",
    }
    known |= {"calls": (call(1), call(2)), "is_platform": None}
    return platform(point, **(known | fields))


def model(**fields: Any) -> ModelSeen:
    known: dict[str, Any] = {
        "ended": REPORTED,
        "architecture": "AcmeForCausalLM",
        "target": "acme.model:Acme",
        "lazy": True,
        "text_generation": True,
        "pooling": False,
        "tokens": (0, 0, 0, 0),
        "spawn_tokens": (0, 0, 0, 0),
    }
    return ModelSeen(**(known | fields))


def component(point: EntryPoint, **fields: Any) -> Component:
    known: dict[str, Any] = {"ended": REPORTED, "group": point.group, "name": point.name, "used": "log"}
    return Component(**(known | fields))


def seen_point(point: EntryPoint, distribution: str = "acme", value: str | None = None) -> EntryPointSeen:
    return EntryPointSeen(
        group=point.group,
        name=point.name,
        value=value or point.value,
        distribution=distribution,
        of_plugin=distribution == "acme",
    )


_DEFAULTS: dict[EntryPoint, Callable[[], tuple[object, ...]]] = {
    GENERAL: lambda: (load(), register(), concurrent()),
    PLATFORM: lambda: (load(PLATFORM), platform()),
    LOGITS: lambda: (load(LOGITS), component(LOGITS)),
    IO: lambda: (load(IO), component(IO)),
    STATS: lambda: (load(STATS), component(STATS)),
    ENDPOINT: lambda: (load(ENDPOINT), component(ENDPOINT)),
}


def _key(scenario: object) -> tuple[object, ...]:
    names = ("group", "name", "method", "case", "architecture")
    return (type(scenario), *(getattr(scenario, name, None) for name in names))


def observation(
    *scenarios: object,
    points: tuple[EntryPoint, ...] = (GENERAL,),
    release: str = "0.33.0",
    without: tuple[type, ...] = (),
    beside: tuple[EntryPointSeen, ...] = (),
    **fields: Any,
) -> Observation:
    """Return what a faultless plugin with `points` shows, `scenarios` in the place of their like."""
    usual = [
        scenario
        for point in points
        for scenario in _DEFAULTS.get(point, lambda point=point: (load(point),))()
    ]
    if any(point.group == GENERAL.group for point in points):
        usual += [child("fork"), child("spawn"), filtered()]
    given = {_key(scenario): scenario for scenario in scenarios}
    merged = {_key(scenario): scenario for scenario in usual if not isinstance(scenario, without)} | given
    known: dict[str, Any] = {
        "schema": 1,
        "python": "3.11.9",
        "engine_version": f"{release}+reference",
        "entry_points": (*(seen_point(point) for point in points), *beside),
        "scenarios": tuple(merged.values()),
    }
    return Observation(**(known | fields))


def judged(
    seen: Observation | DecodeProblem | None,
    release: str = "0.33.0",
    *,
    of: Plugin | None = None,
    points: tuple[EntryPoint, ...] = (GENERAL,),
    ran: Execution | None = None,
    has_torch: bool = True,
    history: InterfaceHistory = HISTORY,
    kind: EngineKind = EngineKind.REFERENCE,
) -> Judgement:
    return judge(
        plugin=of or plugin(*points),
        cell=cell(release, kind=kind),
        execution=ran or execution(),
        observation=seen,
        history=history,
        has_torch=has_torch,
    )


def findings_of(judgement: Judgement) -> tuple[Finding, ...]:
    """Return what was found; a cell that was judged is never called not applicable."""
    assert not isinstance(judgement.verdict, NotApplicable)
    return judgement.verdict.findings
