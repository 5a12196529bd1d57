"""What the surface tier says of one plugin: findings with the set of releases each holds on."""

from enum import StrEnum

import msgspec

from plugin_matrix.model.finding import Finding
from plugin_matrix.model.plugin import Plugin
from plugin_matrix.model.witness import Confirmation, Witness


class Reach(StrEnum):
    """When the failing source is run, the earliest that is certain."""

    IMPORT = "import"
    """When an entry point's module is imported."""
    CALL = "call"
    """When vLLM calls an entry point."""
    PLATFORM = "platform"
    """When vLLM imports the platform class that an entry point names."""
    ENGINE = "engine"
    """When vLLM uses what the plugin registered or named: a model class, a worker, an overridden method."""
    LATER = "later"
    """On a path that may be taken; nothing is certain."""


class SurfaceFinding(Finding, frozen=True, kw_only=True):
    """A finding that holds on a set of releases, predicted from source alone."""

    broken: tuple[str, ...]
    """Releases on which it holds, oldest first; never empty."""
    since: str | None = None
    """First release that broke it after one that had not; None where it worked on no release judged."""
    reach: Reach = Reach.LATER
    declared: bool = True
    """One of the broken releases lies in the range the plugin declares (or it declares none)."""
    occurrences: int = 1
    """Number of places in the plugin that fail for the same reason; `evidence` names some of them."""
    replacement: str | None = None
    """Source that works before and after the break, where it is simple enough to write."""
    witness: Witness | None = None
    """What running it on the real releases showed, where that was asked for."""

    @property
    def refuted(self) -> bool:
        """Whether it was shown to be wrong; it then fails no gate."""
        return self.witness is not None and self.witness.confirmation is Confirmation.REFUTED


class UnseenSource(msgspec.Struct, frozen=True):
    """A part of the plugin that could not be read as source, and why."""

    file: str
    reason: str


class SurfaceResult(msgspec.Struct, frozen=True, kw_only=True):
    """One plugin held against the surface of every release asked for."""

    plugin: Plugin
    releases: tuple[str, ...]
    """Releases judged, oldest first."""
    declared: str | None = None
    """Specifier the plugin states for vLLM; None where it states none."""
    declared_releases: tuple[str, ...] = ()
    """Those of `releases` that the specifier admits; all of them where there is none."""
    verified: tuple[str, ...] = ()
    """Releases without a finding of level error."""
    proposed: str | None = None
    """Specifier to state instead, where the stated one is missing, too wide or too narrow."""
    findings: tuple[SurfaceFinding, ...] = ()
    unseen: tuple[UnseenSource, ...] = ()
    built: str | None = None
    """Why the plugin's build backend had to be run to read it; None where nothing of it was run."""
    files: int = 0
    """Source files read."""
    seconds: float = 0.0
