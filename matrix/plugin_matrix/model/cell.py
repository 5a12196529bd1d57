"""Cells: plugin x engine x platform, and what came of one."""

from enum import StrEnum

import msgspec

from plugin_matrix.model.engine import Engine
from plugin_matrix.model.finding import Finding
from plugin_matrix.model.platform import Platform
from plugin_matrix.model.verdict import Tier, Verdict, findings_of


class Cell(msgspec.Struct, frozen=True):
    """One square of the matrix."""

    plugin: str
    """`name==version`."""
    engine: Engine
    platform: Platform

    @property
    def id(self) -> str:
        """The string that selectors match: `acme==1.4|reference-0.33.0|cpu-py311`."""
        return f"{self.plugin}|{self.engine.id}|{self.platform.id}"


class CheckStatus(StrEnum):
    """What came of one check."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNDETERMINED = "undetermined"


class Check(msgspec.Struct, frozen=True):
    """One thing asked of a cell."""

    id: str
    status: CheckStatus
    detail: str = ""
    """Why it was skipped or undetermined, which rules it failed, or what it did not ask though it passed."""


class Isolation(msgspec.Struct, frozen=True):
    """How a cell was locked in: what held and what could not be had on this machine."""

    kind: str
    """`process` or `container`."""
    enforced: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


class CellResult(msgspec.Struct, frozen=True, kw_only=True):
    """A cell with its verdict and everything a reader needs to check it."""

    id: str
    cell: Cell
    verdict: Verdict
    again: Verdict | None = None
    """Verdict of a second, identical run, made where the first turned red against the baseline."""
    tiers: tuple[Tier, ...] = ()
    stand_ins: tuple[str, ...] = ()
    """Absent modules that stand-ins were used for: what they are like decided with the plugin."""
    beyond_declared: tuple[str, ...] = ()
    """Statements of the plugin (vLLM, Python, wheel tag) this cell was run against all the same."""
    checks: tuple[Check, ...] = ()
    isolation: Isolation | None = None
    seconds: float = 0.0
    """Wall time of the sandboxed run."""
    peak_memory: int | None = None
    """Largest resident set of the cell's processes, bytes."""
    modules_imported: int | None = None
    import_seconds: float | None = None
    """Time from before `import vllm` to after all entry points were loaded."""
    notes: tuple[str, ...] = ()
    """What was amiss and decided nothing: no torch, dependencies that could not be installed."""
    output: str = ""
    """Last part of what the plugin printed, bounded and with control characters removed."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Findings whatever the verdict."""
        return findings_of(self.verdict)
