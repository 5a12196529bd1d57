"""The exit code that the surface tier's results deserve."""

from plugin_matrix.errors import ExitCode
from plugin_matrix.model import Level, Results, SurfaceResult

CONTRADICTORY = "PM103"
"""Admits no release, so there is none that it could be counted on."""


def decide_surface(results: Results, *, asked_for: bool) -> ExitCode:
    """Return the exit code for what `check` found: the first that applies of a fixed order.

    Input that could not be used, then an error where it counts, then what could not be determined. It counts
    on the releases that were asked for, else on those the plugin declares. A plugin that none of them
    concerns is `NOTHING_TO_CHECK`, and so is one that is no plugin.
    """
    problems = {problem.exit_code for problem in results.problems}
    if ExitCode.USAGE in problems:
        return ExitCode.USAGE
    if any(breaks(result, asked_for=asked_for) for result in results.surface):
        return ExitCode.INCOMPATIBLE
    if ExitCode.UNDETERMINED in problems or any(unread(result) for result in results.surface):
        return ExitCode.UNDETERMINED
    if problems or not all(counted(result, asked_for=asked_for) for result in results.surface):
        return ExitCode.NOTHING_TO_CHECK
    return ExitCode.COMPATIBLE


def decide_engine(results: Results, release: str) -> ExitCode:
    """Return the exit code for plugins held against one engine; only an error there counts.

    That a plugin could not be fetched or read is no reason to end: it leaves the answer undetermined.
    """
    broken = any(
        finding.level is Level.ERROR and release in finding.broken
        for result in results.surface
        for finding in result.findings
    )
    if broken:
        return ExitCode.INCOMPATIBLE
    if not results.surface and {problem.exit_code for problem in results.problems} <= {
        ExitCode.NOTHING_TO_CHECK
    }:
        return ExitCode.NOTHING_TO_CHECK
    if results.problems or any(unread(result) for result in results.surface):
        return ExitCode.UNDETERMINED
    judged = any(release in result.releases for result in results.surface)
    return ExitCode.COMPATIBLE if judged else ExitCode.NOTHING_TO_CHECK


def counted(result: SurfaceResult, *, asked_for: bool) -> frozenset[str]:
    """Return the releases on which an error counts."""
    return frozenset(result.releases if asked_for else result.declared_releases)


def breaks(result: SurfaceResult, *, asked_for: bool) -> bool:
    """Tell whether an error lies where it counts; requirements that contradict each other always do."""
    where = counted(result, asked_for=asked_for)
    return any(
        finding.level is Level.ERROR and (finding.rule == CONTRADICTORY or where.intersection(finding.broken))
        for finding in result.findings
    )


def unread(result: SurfaceResult) -> bool:
    """Tell whether nothing of the plugin's source could be read."""
    return result.files == 0
