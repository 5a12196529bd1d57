"""Where what was told from source counts, and the exit code of `check-engine`."""

from plugin_matrix.errors import ExitCode
from plugin_matrix.model import Level, Results, SurfaceResult

CONTRADICTORY = "PM103"
"""Admits no release, so there is none that it could be counted on."""


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


def unread(result: SurfaceResult) -> bool:
    """Tell whether nothing of the plugin's source could be read."""
    return result.files == 0
