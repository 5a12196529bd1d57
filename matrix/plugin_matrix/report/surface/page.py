"""The surface tier's part of the HTML page, worked out before any markup is written."""

from collections.abc import Mapping
from typing import NamedTuple

from plugin_matrix.model import Level, SurfaceFinding, SurfaceResult
from plugin_matrix.report.anchors import Anchors, Bounded, RuleView
from plugin_matrix.report.surface.fingerprint import Fingerprint, fingerprint
from plugin_matrix.report.surface.view import SurfaceView, verdict

SHOWN_FINDINGS = 200
"""Findings of one plugin."""
SHOWN_UNSEEN = 50


class SurfaceFindingView(NamedTuple):
    """A finding with its anchor and its rule's."""

    anchor: str
    rule_anchor: str
    rule_name: str
    finding: SurfaceFinding
    broke_in: str
    more_places: int
    """Places beyond those that are named."""


class SurfacePart(NamedTuple):
    """One plugin's part."""

    anchor: str
    view: SurfaceView
    plot: Fingerprint
    verdict: str
    broken: bool
    """Something breaks on a release that counts."""
    findings: Bounded[SurfaceFindingView]

    @property
    def result(self) -> SurfaceResult:
        """What was found."""
        return self.view.result

    def of_level(self, level: Level) -> int:
        """Return the number of findings of a level."""
        return len(self.view.of_level(level))


def surface_part(result: SurfaceResult, anchors: Anchors, rules: Mapping[str, RuleView]) -> SurfacePart:
    """Work out the part of one plugin; `rules` has every rule of its findings."""
    view = SurfaceView(result)
    return SurfacePart(
        anchor=anchors.new("surface", result.plugin.id),
        view=view,
        plot=fingerprint(view),
        verdict=verdict(view),
        broken=bool(view.declared_set - view.verified_set),
        findings=Bounded.of(
            (
                _finding(finding, view, rules[finding.rule], anchors.new(result.plugin.id, finding.rule))
                for finding in view.findings
            ),
            SHOWN_FINDINGS,
        ),
    )


def _finding(finding: SurfaceFinding, view: SurfaceView, rule: RuleView, anchor: str) -> SurfaceFindingView:
    return SurfaceFindingView(
        anchor=anchor,
        rule_anchor=rule.anchor,
        rule_name=rule.rule.name if rule.rule else "",
        finding=finding,
        broke_in=view.broke_in(finding),
        more_places=max(0, finding.occurrences - len(finding.evidence)),
    )
