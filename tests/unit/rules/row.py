"""A row of the tables: what was seen, on which release, and exactly what must be found."""

from dataclasses import dataclass, field
from typing import Any, Literal

from plugin_matrix.model import Cause, EngineKind, EntryPoint, Observation, Plugin
from plugin_matrix.rules import DecodeProblem, Judgement
from plugin_matrix.sandbox.protocol import Execution

from .seen import GENERAL, judged, observation


@dataclass(frozen=True)
class Row:
    name: str
    """A sentence: what the plugin does."""
    scenarios: tuple[object, ...] = ()
    """Put in the place of what a plugin without fault shows."""
    expected: frozenset[tuple[str, str]] = frozenset()
    """All (rule, subject), no more and no fewer."""
    cause: Cause | None = None
    """Of the doubt that is left, where nothing at error level is found."""
    release: str = "0.33.0"
    kind: EngineKind = EngineKind.REFERENCE
    points: tuple[EntryPoint, ...] = (GENERAL,)
    has_torch: bool = True
    plugin: Plugin | None = None
    execution: Execution | None = None
    seen: Observation | DecodeProblem | Literal["usual"] | None = "usual"
    observed: dict[str, Any] = field(default_factory=dict)
    """Other fields of the observation."""

    def judgement(self) -> Judgement:
        seen = self.seen
        if seen == "usual":
            points = self.plugin.entry_points if self.plugin else self.points
            seen = observation(*self.scenarios, points=points, release=self.release, **self.observed)
        return judged(
            seen,
            self.release,
            of=self.plugin,
            points=self.points,
            ran=self.execution,
            has_torch=self.has_torch,
            kind=self.kind,
        )


def found(*pairs: tuple[str, EntryPoint | str]) -> frozenset[tuple[str, str]]:
    return frozenset((rule, about.id if isinstance(about, EntryPoint) else about) for rule, about in pairs)
