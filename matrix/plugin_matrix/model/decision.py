"""What the gate makes of results: how they differ from a baseline, whose doing that is, and the outcome."""

from enum import StrEnum

import msgspec

from plugin_matrix.model.finding import Level


class GateMode(StrEnum):
    """Which findings fail the gate."""

    NEW = "new"
    """Those that the baseline does not have and that the plugin, not an engine, brought."""
    ALL = "all"
    """Every one."""
    NONE = "none"
    """None: the results are told and nothing more."""


class Status(StrEnum):
    """A finding on an engine, held against the baseline."""

    NEW = "new"
    """Not in the baseline, nor on the engine before one that the baseline does not know."""
    FIXED = "fixed"
    """In the baseline and gone."""
    SAME = "same"
    """In the baseline, or on the engine before one that the baseline does not know."""
    SPURIOUS = "spurious"
    """Different though neither plugin nor engine changed: the tool, the machine or a dependency did."""
    FLAKY = "flaky"
    """Told by one of two runs of the identical cell."""


class Blame(StrEnum):
    """Whose change brought a new finding, told from the crossed cells."""

    PLUGIN = "plugin"
    """The version before does not have it on the same engine, or the new one has it on the old engine."""
    ENGINE = "engine"
    """The version before has it on the same engine, or the plugin did not change."""
    UNKNOWN = "unknown"
    """The crossed cell that would tell is neither in the results nor in the baseline."""


SOURCE = "source"
"""Where findings told from source stand, whatever the platform."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One finding of one plugin held against the baseline, on the engines where the answer is the same."""

    plugin: str
    """`name==version`."""
    where: str
    """`source` for what was told from source, else kind of engine and platform: `reference|cpu-py311`."""
    engines: tuple[str, ...]
    """Releases, oldest first."""
    fingerprint: str
    rule: str
    subject: str
    level: Level
    status: Status
    blame: Blame | None = None
    """Of new findings only."""
    because: str = ""
    """What the status or the blame rests on."""
    known: str | None = None
    """Why it is accepted, where it is a known problem."""
    counts: bool = True
    """Whether the engines are among those that the plugin declares or the user asked for."""


class StaleReason(StrEnum):
    """Why a known problem of the configuration is to be looked at."""

    EXPIRED = "expired"
    """Its day has come, or every engine judged is at or after its release; it is not applied any more."""
    UNUSED = "unused"
    """Nothing in these results is that problem."""


class StaleProblem(msgspec.Struct, frozen=True, kw_only=True):
    """A known problem of the configuration that has become wrong."""

    rule: str
    symbol: str
    until: str | None
    reason: StaleReason


class Undecided(msgspec.Struct, frozen=True):
    """Something the gate needed to know and could not."""

    subject: str
    """Cell id, or plugin and rule."""
    because: str


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """The gate's decision and all it rests on."""

    mode: GateMode
    fail_on: Level
    """Lowest level that fails."""
    exit_code: int
    failing: int = 0
    """Number of findings that fail the gate, each once however many engines have it."""
    baseline: tuple[str, ...] | None = None
    """Plugins in the baseline; None where there is none."""
    engine: str | None = None
    """Release in question, where plugins were held against one engine: only what stands there counts."""
    engine_before: str | None = None
    """Release before it, which takes the place of the baseline."""
    changes: tuple[Change, ...] = ()
    stale: tuple[StaleProblem, ...] = ()
    undecided: tuple[Undecided, ...] = ()
