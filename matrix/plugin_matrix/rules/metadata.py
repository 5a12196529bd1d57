"""PM101 to PM104: what a plugin's metadata says, and whether its entry points are found."""

from collections.abc import Iterator

from plugin_matrix.model import Cause, EntryPoint, Evidence
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
            yield finding(
                "PM101",
                point.id,
                f"No vLLM release reads the group {plain(point.group)}.",
                (_line(point),),
            )
        elif point.group not in case.groups:
            yield finding(
                "PM102",
                point.id,
                f"vLLM {case.release} does not read the group {point.group}.",
                (_line(point),),
            )
        elif _cannot_be_named(point):
            yield finding(
                "PM104",
                point.id,
                f"VLLM_PLUGINS cannot name {plain(point.name)!r} reliably.",
                (_line(point),),
            )
    requirements = requirements_on_vllm(case.plugin, case.cell.platform)
    if contradict(requirements):
        stated = ", ".join(str(one) for one in requirements)
        yield finding(
            "PM103",
            case.plugin.name,
            f"No version of vLLM satisfies {plain(stated)}.",
            (Evidence(file="METADATA", text=f"Requires-Dist: {plain(stated)}"),),
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


def _cannot_be_named(point: EntryPoint) -> bool:
    """Tell whether `VLLM_PLUGINS`, split at commas and compared exactly, fails to select `point`.

    A space inside is compared exactly too, but deployment files and shells take it apart.
    """
    if point.group == LOGITS_PROCESSORS:
        return False  # not filtered: vllm/v1/sample/logits_processor/__init__.py:39-67, 0.10.1
    return "," in point.name or any(sign.isspace() for sign in point.name)


def _line(point: EntryPoint) -> Evidence:
    return Evidence(
        file="entry_points.txt",
        symbol=plain(point.name),
        text=f"[{plain(point.group)}] {plain(point.name)} = {plain(point.value)}",
    )
