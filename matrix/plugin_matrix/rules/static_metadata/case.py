"""What metadata is judged on, and findings about it as the surface tier states them."""

from collections.abc import Iterable

import msgspec

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.model import Evidence, Finding, Level, Plugin, Reach, SurfaceFinding
from plugin_matrix.model.version_set import Mask, ReleaseAxis
from plugin_matrix.plugins.readable import ReadablePlugin
from plugin_matrix.rules.evidence import finding
from plugin_matrix.rules.static_metadata.declared import Declared


class MetadataCase(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin and the releases in question."""

    read: ReadablePlugin
    axis: ReleaseAxis
    history: InterfaceHistory
    mask: Mask
    """Releases judged."""
    broken: Mask
    """Those on which its source breaks."""
    doubtful: Mask = 0
    """Those on which it may."""
    declared: Declared

    @property
    def plugin(self) -> Plugin:
        """What the plugin says of itself."""
        return self.read.plugin

    def reads(self, group: str) -> Mask:
        """Return the releases judged that read `group`."""
        since = self.history.group_since(group)
        return 0 if since is None else self.mask & self.since(since)

    def since(self, release: str) -> Mask:
        """Return `release` and all that came after it."""
        return self.axis.matching(f">={release}")

    def found(
        self,
        rule: str,
        subject: str,
        message: str,
        mask: Mask,
        evidence: Iterable[Evidence] = (),
        *,
        level: Level | None = None,
        hint: str | None = None,
        within: Mask = -1,
    ) -> SurfaceFinding:
        """Make a finding of a catalogue's rule that holds on the releases of `mask`."""
        return self.stated(
            finding(rule, subject, message, evidence), mask, level=level, hint=hint, within=within
        )

    def stated(
        self,
        found: Finding,
        mask: Mask,
        *,
        level: Level | None = None,
        hint: str | None = None,
        within: Mask = -1,
    ) -> SurfaceFinding:
        """Return a finding of the contract tier as one that holds on the releases of `mask`.

        What came before it is looked for in `within`.
        """
        broken = mask & self.mask
        return SurfaceFinding(
            rule=found.rule,
            level=level or found.level,
            subject=found.subject,
            message=found.message,
            effect=found.effect,
            hint=hint or found.hint,
            evidence=found.evidence,
            broken=self.axis.names(broken),
            since=first_after_good(self.axis, self.mask & within, broken),
            reach=Reach.IMPORT,
            declared=bool(broken & self.declared.mask),
        )


def first_after_good(axis: ReleaseAxis, judged: Mask, broken: Mask) -> str | None:
    """Return the first broken release that follows one which is not; None where there is none."""
    good_before = False
    for position, release in enumerate(axis.releases):
        bit = 1 << position
        if broken & bit and good_before:
            return release
        good_before = good_before or bool(judged & ~broken & bit)
    return None
