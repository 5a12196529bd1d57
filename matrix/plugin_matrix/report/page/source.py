"""What was told from a plugin's source, for the page."""

from collections.abc import Mapping
from typing import NamedTuple

from plugin_matrix.model import Level, SurfaceResult
from plugin_matrix.report.anchors import Anchors, RuleView
from plugin_matrix.report.causes import source_causes
from plugin_matrix.report.decision import Changes
from plugin_matrix.report.marks import Mark, plural
from plugin_matrix.report.page.causes import CausesView, causes_view
from plugin_matrix.report.page.detail import Detail
from plugin_matrix.report.surface.fingerprint import Fingerprint, fingerprint
from plugin_matrix.report.surface.view import SurfaceView, verdict

SHOWN_UNSEEN = 50


class SourcePart(NamedTuple):
    """One plugin's part."""

    anchor: str
    view: SurfaceView
    plot: Fingerprint | None
    verdict: str
    mark: Mark
    tally: str
    """The answer in a few words."""
    causes: CausesView

    @property
    def result(self) -> SurfaceResult:
        """What was found."""
        return self.view.result

    def of_level(self, level: Level) -> int:
        """Return the number of findings of a level."""
        return len(self.view.of_level(level))


def source_part(
    result: SurfaceResult,
    anchors: Anchors,
    rules: Mapping[str, RuleView],
    changes: Changes,
    detail: Detail,
) -> SourcePart:
    """Work out the part of one plugin; `rules` has every rule of its findings."""
    view = SurfaceView(result)
    mark, tally = _answer(view)
    return SourcePart(
        anchor=anchors.new("source", result.plugin.id),
        view=view,
        plot=fingerprint(view) if detail.plots else None,
        verdict=verdict(view),
        mark=mark,
        tally=tally,
        causes=causes_view(result.plugin.id, source_causes(view, changes), anchors, rules, detail),
    )


def _answer(view: SurfaceView) -> tuple[Mark, str]:
    if view.unread or not view.result.releases:
        return Mark.UNDETERMINED, "not judged"
    declared = [release for release in view.result.releases if release in view.declared_set]
    broken = [release for release in declared if release not in view.verified_set]
    named = "declared release" if view.result.declared else "release"
    if not declared:
        return Mark.NOT_APPLICABLE, "declares none of the releases judged"
    if broken:
        return Mark.INCOMPATIBLE, f"breaks on {len(broken)} of {plural(len(declared), named)}"
    return Mark.COMPATIBLE, f"nothing found on {plural(len(declared), named)}"
