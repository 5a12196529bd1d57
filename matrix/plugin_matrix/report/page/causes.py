"""Root causes on the page: with their anchors, at length or in a line."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from plugin_matrix.model import Change, Level
from plugin_matrix.report.anchors import Anchors, RuleView
from plugin_matrix.report.causes import RootCause
from plugin_matrix.report.decision import ChangeView, change_view
from plugin_matrix.report.page.detail import Detail


class CauseView(NamedTuple):
    """A root cause with its anchor and its rule's."""

    anchor: str
    rule_anchor: str
    rule_name: str
    cause: RootCause
    changes: tuple[ChangeView, ...]

    @property
    def statuses(self) -> tuple[str, ...]:
        """How it stands against the baseline, each status once."""
        return tuple(dict.fromkeys(change.status.value for change in self.cause.changes))

    @property
    def more_places(self) -> int:
        """Places beyond those that are named."""
        source = self.cause.source
        return max(0, source.occurrences - len(source.evidence)) if source else 0


class CausesView(NamedTuple):
    """The root causes of one plugin, as one tier told them; advice is many and breaks nothing."""

    at_length: tuple[CauseView, ...]
    in_short: tuple[CauseView, ...]
    advice: tuple[CauseView, ...]
    more: int

    @property
    def shown(self) -> tuple[CauseView, ...]:
        """All that have a place on the page."""
        return (*self.at_length, *self.in_short, *self.advice)


def causes_view(
    plugin: str,
    causes: Iterable[RootCause],
    anchors: Anchors,
    rules: Mapping[str, RuleView],
    detail: Detail,
) -> CausesView:
    """Return the root causes of a plugin (`name==version`) with places on the page."""

    def view(cause: RootCause) -> CauseView:
        rule = rules[cause.rule]
        changes = tuple(map(change_view, cause.changes))
        return CauseView(anchors.new(plugin, cause.rule), rule.anchor, rule.name, cause, changes)

    every = tuple(causes)
    severe = [cause for cause in every if cause.level is not Level.ADVICE]
    advice = [cause for cause in every if cause.level is Level.ADVICE]
    at_length = tuple(map(view, severe[: detail.causes]))
    in_short = tuple(map(view, severe[detail.causes : detail.causes + detail.in_short]))
    shown = tuple(map(view, advice[: detail.in_short]))
    more = len(every) - len(at_length) - len(in_short) - len(shown)
    return CausesView(at_length, in_short, shown, more)


ChangeAnchors = dict[tuple[str, str, bool, str | None], str]
"""Where the finding that a change is about stands on the page."""


def note_anchors(plugin: str, causes: CausesView, anchors: ChangeAnchors) -> None:
    """Add the places of `causes` to `anchors`."""
    for view in causes.shown:
        cause = view.cause
        anchors[plugin, cause.fingerprint, cause.source is not None, cause.known] = view.anchor


def anchor_of(change: Change, anchors: ChangeAnchors, *, source: bool) -> str:
    """Return where the finding of a change stands; nothing where it has no place on the page."""
    return anchors.get((change.plugin, change.fingerprint, source, change.known), "")
