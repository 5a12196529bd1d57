"""PM1xx on all releases at once: what metadata and file names say, with the specifier to state instead."""

import functools
from collections.abc import Iterable

import msgspec

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.model import Level, Plugin, SurfaceFinding
from plugin_matrix.model.version_set import Mask, ReleaseAxis
from plugin_matrix.plugins.readable import ReadablePlugin
from plugin_matrix.rules.case import PLATFORM
from plugin_matrix.rules.static.declared import releases_reading
from plugin_matrix.rules.static_metadata.case import MetadataCase
from plugin_matrix.rules.static_metadata.declared import Declared, declared_on
from plugin_matrix.rules.static_metadata.groups import groups
from plugin_matrix.rules.static_metadata.proposal import propose, propose_specifier
from plugin_matrix.rules.static_metadata.pythons import pythons
from plugin_matrix.rules.static_metadata.requirement import requirement
from plugin_matrix.rules.static_metadata.targets import shipped_into_engine, targets

WHATEVER_THE_RELEASE = frozenset({"PM101", "PM103", "PM602"})
"""Errors that no choice of vLLM's release mends."""

__all__ = [
    "Declared",
    "declared_on",
    "judge_metadata",
    "out_of_range",
    "propose",
    "propose_specifier",
    "reading",
]


def judge_metadata(
    read: ReadablePlugin,
    axis: ReleaseAxis,
    history: InterfaceHistory,
    mask: Mask,
    broken: Mask,
    doubtful: Mask = 0,
) -> tuple[SurfaceFinding, ...]:
    """Judge metadata on the releases of `mask`; on `broken` the source breaks, on `doubtful` it may."""
    case = MetadataCase(
        read=read,
        axis=axis,
        history=history,
        mask=mask,
        broken=broken,
        doubtful=doubtful,
        declared=declared_on(read.plugin, axis),
    )
    found = (*groups(case), *targets(case), *shipped_into_engine(case), *pythons(case))
    failing = broken | out_of_range(axis, found)
    return (*found, *requirement(msgspec.structs.replace(case, broken=failing)))


def out_of_range(axis: ReleaseAxis, findings: Iterable[SurfaceFinding]) -> Mask:
    """Return the releases with an error that another range in the requirement would keep away."""
    return axis.mask(
        release
        for one in findings
        if one.level is Level.ERROR and one.rule not in WHATEVER_THE_RELEASE
        for release in one.broken
    )


def reading(plugin: Plugin, axis: ReleaseAxis, history: InterfaceHistory) -> Mask:
    """Return the releases that read one of the plugin's groups; all where vLLM knows none of them.

    Of a plugin with a platform those that read platforms: without it the rest of the plugin is of no use.
    """
    groups = {point.group for point in plugin.entry_points if history.group_since(point.group) is not None}
    if PLATFORM in groups:
        groups = {PLATFORM}
    masks = [releases_reading(group, axis, history) for group in groups]
    return functools.reduce(int.__or__, masks) if masks else axis.all
