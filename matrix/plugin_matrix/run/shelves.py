"""Directories of a store whose entries come while sandboxes live: engines, plugins and what they need."""

from pathlib import Path

from plugin_matrix.engines.dependencies import KIND as DEPENDENCIES
from plugin_matrix.engines.environment import KIND as ENVIRONMENTS
from plugin_matrix.plugins.layer import KIND as LAYERS
from plugin_matrix.run.byte_code import KIND as COMPILED
from plugin_matrix.run.probe import KIND as PROBES


def shelves(store: Path) -> tuple[Path, ...]:
    """Return the directories; they need not exist."""
    return tuple(store / kind for kind in (LAYERS, COMPILED, DEPENDENCIES, ENVIRONMENTS, PROBES))
