"""The vocabulary of the project as frozen types, with no I/O.

Everything that is written to disk (`results.json`) or read from an enemy (the probe's
observations) is a `msgspec.Struct`: one definition gives the type, the validation and
the published JSON Schema.
"""

from plugin_matrix.model.cell import Cell, CellResult, Check, CheckStatus, Isolation
from plugin_matrix.model.decision import (
    Blame,
    Change,
    Decision,
    GateMode,
    StaleProblem,
    StaleReason,
    Status,
    Undecided,
)
from plugin_matrix.model.engine import Engine, EngineKind
from plugin_matrix.model.finding import Evidence, Finding, Level, Rule
from plugin_matrix.model.observation import Observation
from plugin_matrix.model.platform import Accelerator, Platform
from plugin_matrix.model.plugin import EntryPoint, Plugin
from plugin_matrix.model.results import SCHEMA_VERSION, PluginProblem, Results, Totals
from plugin_matrix.model.surface import Reach, SurfaceFinding, SurfaceResult, UnseenSource
from plugin_matrix.model.verdict import (
    Cause,
    Compatible,
    Incompatible,
    NotApplicable,
    Reason,
    Tier,
    Undetermined,
    Verdict,
    word,
)
from plugin_matrix.model.witness import Confirmation, Witness

__all__ = [
    "SCHEMA_VERSION",
    "Accelerator",
    "Blame",
    "Cause",
    "Cell",
    "CellResult",
    "Change",
    "Check",
    "CheckStatus",
    "Compatible",
    "Confirmation",
    "Decision",
    "Engine",
    "EngineKind",
    "EntryPoint",
    "Evidence",
    "Finding",
    "GateMode",
    "Incompatible",
    "Isolation",
    "Level",
    "NotApplicable",
    "Observation",
    "Platform",
    "Plugin",
    "PluginProblem",
    "Reach",
    "Reason",
    "Results",
    "Rule",
    "StaleProblem",
    "StaleReason",
    "Status",
    "SurfaceFinding",
    "SurfaceResult",
    "Tier",
    "Totals",
    "Undecided",
    "Undetermined",
    "UnseenSource",
    "Verdict",
    "Witness",
    "word",
]
