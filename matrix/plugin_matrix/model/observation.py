"""What the probe writes and the harness reads: observations, never judgements.

The file is input from an enemy (the plugin ran beside its writer), so every text and every
sequence has a bound, unknown fields are refused and `msgspec` validates the rest.
Times are seconds, memory is bytes. `plugin_matrix.probe` writes the same shapes with the
standard library alone.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

PROBE_SCHEMA = 1
MAX_TEXT = 4_000
MAX_ITEMS = 2_000
MAX_OBSERVATION_BYTES = 8 * 1024 * 1024
"""A larger file is refused unread."""

Text = Annotated[str, Meta(max_length=MAX_TEXT)]
Texts = Annotated[tuple[Text, ...], Meta(max_length=MAX_ITEMS)]


class _Observed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Strict base of everything in an observation."""


class Frame(_Observed, frozen=True, kw_only=True):
    """One line of a traceback; `file` is relative to the `sys.path` entry it was found under."""

    file: Text
    line: int
    function: Text
    origin: Literal["plugin", "engine", "other"]
    """Whose file it is: the plugin's layer, the engine's package, or anything else."""


class Raised(_Observed, frozen=True, kw_only=True):
    """An exception."""

    type: Text
    """Qualified name, `builtins` left out: `ModuleNotFoundError`, `acme.Oops`."""
    message: Text
    frames: Annotated[tuple[Frame, ...], Meta(max_length=50)] = ()
    """Innermost last."""
    missing_module: Text | None = None
    """For import errors: the module that was not found or that lacks a name."""
    missing_name: Text | None = None
    """For `from module import name` failing on the name; for attribute errors the attribute."""
    cause: Text | None = None
    """`type: message` of the explicit or implicit cause."""


class Ended(_Observed, frozen=True, kw_only=True):
    """How the process of a scenario ended."""

    how: Literal["reported", "exit", "signal", "timeout"]
    """`reported`: it wrote its part; `exit`: it ended before that with `code`; `signal`: `code` killed it."""
    code: int = 0
    seconds: float = 0.0


class Change(_Observed, frozen=True, kw_only=True):
    """One difference between two snapshots of a process's state."""

    kind: Literal[
        "atexit",
        "cwd",
        "env",
        "files",
        "handlers",
        "overrides",
        "patches",
        "registry",
        "signals",
        "sys_path",
        "threads",
        "warnings_filters",
    ]
    subject: Text
    """Key of what changed: an architecture, a variable, a logger's name, a dotted vLLM attribute."""
    before: Text | None = None
    after: Text | None = None
    """Counts, values or, for patches, `module.qualname` and nesting depth, as text; None where absent."""


class Event(_Observed, frozen=True, kw_only=True):
    """Something an audit hook saw while the plugin's code was running."""

    kind: Literal["accelerator", "delete", "escape", "exec", "network", "process", "write"]
    detail: Text
    """Address, path (of scratch: `$SCRATCH/...`) or command."""
    phase: Literal["import", "call"]
    allowed: bool
    """False when the operation was refused with an error."""
    frames: Annotated[tuple[Frame, ...], Meta(max_length=50)] = ()


class LogLine(_Observed, frozen=True, kw_only=True):
    """A record of the `vllm` loggers at WARNING or above, or any record about the loader."""

    level: Text
    logger: Text
    message: Text


class ObjectSeen(_Observed, frozen=True, kw_only=True):
    """What an entry point's value names."""

    kind: Literal["class", "function", "module", "other"]
    callable: bool
    qualname: Text
    """`module.qualname`, or the type's for plain objects."""
    mro: Texts = ()
    """For classes: qualified names of the bases in method resolution order."""
    abstract: Texts = ()
    """For classes: names of abstract methods left."""


class StandInUse(_Observed, frozen=True, kw_only=True):
    """Something done with a stand-in for an absent module."""

    kind: Literal["import", "attribute", "call", "subclass", "value"]
    """`value`: it was taken as a truth value, a number, a text or a sequence, or compared."""
    path: Text
    """Dotted; `()` behind it for what a call gave."""


class _Scenario(_Observed, frozen=True, kw_only=True):
    """Common part: each scenario began in a process that was forked before any plugin code ran.

    A process that loads plugins for another scenario may tell a filter case as well. What it saw meanwhile is
    told once, with the other scenario, but where loading failed.
    """

    ended: Ended
    events: Annotated[tuple[Event, ...], Meta(max_length=200)] = ()
    log: Annotated[tuple[LogLine, ...], Meta(max_length=200)] = ()
    not_modelled: Texts = ()
    """Modules of the real release that were asked for and that the reference engine does not model."""
    missing_modules: Texts = ()
    """Modules outside vLLM and the plugin that were asked for and are not installed."""
    stand_ins: Annotated[tuple[StandInUse, ...], Meta(max_length=200)] = ()
    """What was done with stand-ins for absent modules."""
    escaped: Raised | None = None
    """What the engine's or the plugin's code raised where the probe used it; the scenario ended there."""


class Load(_Scenario, frozen=True, kw_only=True, tag="load"):
    """`EntryPoint.load()` for one entry point, in a process that had imported `vllm` only."""

    group: Text
    name: Text
    raised: Raised | None = None
    object: ObjectSeen | None = None
    import_seconds: float = 0.0
    peak_memory: int = 0
    modules: int = 0
    """Number of modules the load added to `sys.modules`."""
    changes: Annotated[tuple[Change, ...], Meta(max_length=MAX_ITEMS)] = ()
    """State that importing alone changed."""
    accelerator_initialised: bool = False


class Call(_Observed, frozen=True, kw_only=True):
    """One call of a plugin function."""

    index: int
    """1 is the engine's own loader, 2 and up are direct calls."""
    raised: Raised | None = None
    returned: Text | None = None
    """`repr` of the value, bounded."""
    changes: Annotated[tuple[Change, ...], Meta(max_length=MAX_ITEMS)] = ()
    """Against the state before the first call for index 1, else against the state after the first call."""


class Register(_Scenario, frozen=True, kw_only=True, tag="register"):
    """One general plugin called through `load_general_plugins()` and then again and again."""

    name: Text
    loader_raised: Raised | None = None
    calls: Annotated[tuple[Call, ...], Meta(max_length=1_000)] = ()
    accelerator_initialised: bool = False


class Concurrent(_Scenario, frozen=True, kw_only=True, tag="concurrent"):
    """One general plugin called by several threads at once, in a process where nothing called it before."""

    name: Text
    threads: int
    raised: Annotated[tuple[Raised, ...], Meta(max_length=200)] = ()
    changes: Annotated[tuple[Change, ...], Meta(max_length=MAX_ITEMS)] = ()
    """Against the state that one call in one thread leads to."""


class Child(_Scenario, frozen=True, kw_only=True, tag="child"):
    """All general plugins loaded in a child of a process that had loaded them."""

    method: Literal["fork", "spawn"]
    raised: Raised | None = None
    """What starting the child or loading inside it raised."""
    changes: Annotated[tuple[Change, ...], Meta(max_length=MAX_ITEMS)] = ()
    """State of the child against its parent's: registries and overrides only."""


class FilterCase(_Scenario, frozen=True, kw_only=True, tag="filter"):
    """`load_general_plugins()` and platform resolution under one value of `VLLM_PLUGINS`."""

    case: Literal["unset", "empty", "named", "other", "space", "case"]
    value: Text | None = None
    """The variable; None when unset."""
    named: Texts = ()
    """Ids (`group:name`) of the plugin's entry points that this value is meant to select."""
    called: Texts = ()
    """Ids of the plugin's entry points whose function ran."""
    imported: Texts = ()
    """Top modules of the plugin's distribution found in `sys.modules` afterwards."""
    raised: Raised | None = None


class PlatformSeen(_Scenario, frozen=True, kw_only=True, tag="platform"):
    """Platform resolution with the plugin's platform entry points active."""

    name: Text
    calls: Annotated[tuple[Call, ...], Meta(max_length=20)] = ()
    """Two direct calls of the platform function."""
    returned_type: Text | None = None
    value: Text | None = None
    """What the function returned when that was a string."""
    resolved: Text | None = None
    """Qualified class name of what `vllm.platforms.current_platform` became."""
    resolution_raised: Raised | None = None
    class_raised: Raised | None = None
    """What importing the named class raised."""
    is_platform: bool | None = None
    attn_backend: Text | None = None
    attn_backend_raised: Raised | None = None
    """What calling `get_attn_backend_cls` as this release's selector does raised."""
    not_implemented: Texts = ()
    """Members the engine calls on every platform that still raise NotImplementedError."""


class ModelSeen(_Scenario, frozen=True, kw_only=True, tag="model"):
    """One architecture that the plugin registered."""

    architecture: Text
    target: Text
    """`module:Class`."""
    lazy: bool
    overrides: Text | None = None
    """What was registered under that name before the plugin ran, `module:Class`."""
    inspect_raised: Raised | None = None
    text_generation: bool | None = None
    pooling: bool | None = None
    resolve_raised: Raised | None = None
    generate_raised: Raised | None = None
    tokens: Annotated[tuple[int, ...], Meta(max_length=100)] = ()
    """Greedy tokens generated in this process."""
    spawn_raised: Raised | None = None
    spawn_tokens: Annotated[tuple[int, ...], Meta(max_length=100)] = ()
    """The same from an engine core in a spawned process."""
    torch: bool = True
    """False when the environment has no torch, so that nothing was built."""
    generates: bool = True
    """False when the engine cannot compute, so that no tokens were asked for."""
    accelerator_initialised: bool = False


class Component(_Scenario, frozen=True, kw_only=True, tag="component"):
    """One entry point of a class-valued or factory-valued group, used as the engine uses it.

    Groups: `vllm.logits_processors`, `vllm.io_processor_plugins`, `vllm.stat_logger_plugins`,
    `vllm.endpoint_plugins`.
    """

    group: Text
    name: Text
    load_raised: Raised | None = None
    """What the engine's loader of that group raised."""
    object: ObjectSeen | None = None
    use_raised: Raised | None = None
    """What constructing it and calling it as the engine does raised."""
    used: Text = ""
    """The step that raised, or the last one made."""


Scenario = Load | Register | Concurrent | Child | FilterCase | PlatformSeen | ModelSeen | Component


class EntryPointSeen(_Observed, frozen=True, kw_only=True):
    """An entry point that `importlib.metadata` reports inside the environment."""

    group: Text
    name: Text
    value: Text
    distribution: Text
    of_plugin: bool
    """Belongs to the plugin under test, not to the engine or a dependency."""


class Observation(_Observed, frozen=True, kw_only=True):
    """Everything the probe saw in one cell."""

    schema: int
    python: Text
    engine_version: Text
    """`vllm.__version__` or, where `import vllm` failed, empty."""
    engine_raised: Raised | None = None
    """What `import vllm` raised."""
    start_ended: Ended | None = None
    """How the interpreter ended, or hung, before it could do anything, where it starts without the plugin
    on its path; nothing else was observed then."""
    entry_points: Annotated[tuple[EntryPointSeen, ...], Meta(max_length=MAX_ITEMS)] = ()
    scenarios: Annotated[tuple[Scenario, ...], Meta(max_length=MAX_ITEMS)] = ()
    modules_imported: int = 0
    import_seconds: float = 0.0
    tampering: Texts = ()
    """What was done to the probe itself: its process ended, its pipe written to, its result laid."""
