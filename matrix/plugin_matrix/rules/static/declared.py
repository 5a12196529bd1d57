"""The releases that a plugin's own metadata admit, and those that read its entry points."""

from packaging.specifiers import SpecifierSet

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.model import Accelerator, Platform, Plugin
from plugin_matrix.model.version_set import Mask, ReleaseAxis
from plugin_matrix.rules.requirements import requirements_on_vllm

_USUAL = Platform(Accelerator.CPU, "3.12")
"""Where markers are evaluated: the newest CPython that nearly all releases support."""


def declared_releases(plugin: Plugin, axis: ReleaseAxis) -> Mask:
    """Return the releases that the plugin's requirements on vLLM admit; all where it states none."""
    stated = requirements_on_vllm(plugin, _USUAL)
    return axis.matching(SpecifierSet(",".join(str(one.specifier) for one in stated)))


def releases_reading(group: str, axis: ReleaseAxis, history: InterfaceHistory) -> Mask:
    """Return the releases that read an entry-point group; all for one that none does."""
    since = history.group_since(group)
    return axis.all if since is None else axis.matching(f">={since}")
