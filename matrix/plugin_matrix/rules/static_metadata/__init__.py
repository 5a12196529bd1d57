"""PM1xx on all releases at once: what metadata and file names say, with the specifier to state instead."""

from collections.abc import Iterator

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.model import Plugin, SurfaceFinding
from plugin_matrix.model.version_set import Mask, ReleaseAxis
from plugin_matrix.plugins.readable import ReadablePlugin
from plugin_matrix.rules.static_metadata.case import MetadataCase
from plugin_matrix.rules.static_metadata.declared import Declared, declared_on
from plugin_matrix.rules.static_metadata.proposal import propose_specifier

__all__ = ["Declared", "declared_on", "judge_metadata", "propose", "propose_specifier", "reading"]


def judge_metadata(
    read: ReadablePlugin, axis: ReleaseAxis, history: InterfaceHistory, mask: Mask, broken: Mask
) -> tuple[SurfaceFinding, ...]:
    """Judge a plugin's metadata on the releases of `mask`; on `broken` its source breaks."""
    return ()


def reading(plugin: Plugin, axis: ReleaseAxis, history: InterfaceHistory) -> Mask:
    """Return the releases that read one of the plugin's groups; all where vLLM knows none of them."""
    since = [found for point in plugin.entry_points if (found := history.group_since(point.group))]
    known = [axis.position(release) for release in since if release in axis.releases]
    return axis.all & -(1 << min(known)) if known else axis.all


def propose(axis: ReleaseAxis, judged: Mask, verified: Mask, declared: Declared) -> str | None:
    """Return the specifier to state instead of what is declared; None where there is nothing better to say.

    What breaks is taken out of a declared range; a range that is sound is carried on to newer releases.
    """
    within = judged & declared.mask
    sound = within & verified
    if declared.text is None:
        return propose_specifier(axis, verified)
    if sound and sound != within:
        return propose_specifier(axis, sound, capped=declared.capped)
    if sound:
        wider = sound | newer(axis, sound, verified)
        return propose_specifier(axis, wider, capped=declared.capped) if wider != sound else None
    return propose_specifier(axis, verified, capped=declared.capped)


def newer(axis: ReleaseAxis, declared: Mask, verified: Mask) -> Mask:
    """Return the verified releases that follow the newest declared one without a break."""
    found = 0
    for position in range(declared.bit_length(), len(axis.releases)):
        if not verified >> position & 1:
            break
        found |= 1 << position
    return found
