"""PM101 to PM104: what a plugin's metadata says, and whether its entry points are found."""

import difflib
from collections.abc import Iterable, Iterator

from packaging.requirements import Requirement

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.model import Cause, EntryPoint, Evidence, Finding, Plugin
from plugin_matrix.rules.applicability import applicability
from plugin_matrix.rules.case import LOGITS_PROCESSORS, Case
from plugin_matrix.rules.evidence import finding, plain
from plugin_matrix.rules.outcome import Doubt, Outcome
from plugin_matrix.rules.requirements import contradict, requirements_on_vllm

__all__ = ["applicability", "discovery", "metadata"]


def metadata(case: Case) -> Iterator[Outcome]:
    """Judge what can be told without running anything."""
    for point in case.plugin.entry_points:
        if case.history.group_since(point.group) is None:
            yield unknown_group(point, case.history)
        elif point.group not in case.groups:
            yield finding(
                "PM102",
                point.id,
                f"vLLM {case.release} does not read the group {point.group}.",
                (line(point),),
            )
        elif cannot_be_named(point):
            yield unusable_name(point)
    requirements = requirements_on_vllm(case.plugin, case.cell.platform)
    if contradict(requirements):
        yield contradiction(case.plugin, requirements)


def unknown_group(point: EntryPoint, history: InterfaceHistory) -> Finding:
    """Return that no release reads the group of `point`, with the group that is nearest in spelling."""
    near = difflib.get_close_matches(point.group, [group.name for group in history.groups], n=1, cutoff=0.8)
    meant = f" Did you mean {near[0]}?" if near else ""
    return finding(
        "PM101", point.id, f"No vLLM release reads the group {plain(point.group)}.{meant}", (line(point),)
    )


def unusable_name(point: EntryPoint) -> Finding:
    """Return that `VLLM_PLUGINS` cannot name `point`."""
    return finding(
        "PM104", point.id, f"VLLM_PLUGINS cannot name {plain(point.name)!r} reliably.", (line(point),)
    )


def contradiction(plugin: Plugin, requirements: Iterable[Requirement]) -> Finding:
    """Return that no version satisfies `requirements`."""
    stated = plain(", ".join(map(str, requirements)))
    return finding(
        "PM103",
        plugin.name,
        f"No version of vLLM satisfies {stated}.",
        (Evidence(file="METADATA", text=f"Requires-Dist: {stated}"),),
    )


def discovery(case: Case) -> Iterator[Outcome]:
    """Judge the metadata and whether the environment shows the entry points it states."""
    yield from metadata(case)
    if case.observation is None or case.observation.engine_raised is not None:
        return
    found = {(seen.group, seen.name) for seen in case.discovered if case.is_plugin(seen)}
    for point in case.read:
        if (point.group, point.name) not in found:
            yield Doubt(Cause.PROBE, f"The environment does not show the entry point {plain(point.id)}.")


def cannot_be_named(point: EntryPoint) -> bool:
    """Tell whether `VLLM_PLUGINS`, split at commas and compared exactly, fails to select `point`.

    A space inside is compared exactly too, but deployment files and shells take it apart.
    """
    if point.group == LOGITS_PROCESSORS:
        return False  # not filtered: vllm/v1/sample/logits_processor/__init__.py:39-67, 0.10.1
    return "," in point.name or any(sign.isspace() for sign in point.name)


def line(point: EntryPoint) -> Evidence:
    """Return an entry point as its line in the metadata."""
    return Evidence(
        file="entry_points.txt",
        symbol=plain(point.name),
        text=f"[{plain(point.group)}] {plain(point.name)} = {plain(point.value)}",
    )
