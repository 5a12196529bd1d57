"""Where what was told from source counts."""

from plugin_matrix.model import SurfaceResult

CONTRADICTORY = "PM103"
"""Admits no release, so there is none that it could be counted on."""


def counted(result: SurfaceResult, *, asked_for: bool) -> frozenset[str]:
    """Return the releases on which an error counts."""
    return frozenset(result.releases if asked_for else result.declared_releases)


def unread(result: SurfaceResult) -> bool:
    """Tell whether nothing of the plugin's source could be read."""
    return result.files == 0
