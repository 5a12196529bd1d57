"""The list of known plugins: each once, by name, in groups that vLLM reads."""

from packaging.utils import canonicalize_name
from packaging.version import Version

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.plugins.known import known_plugins


def test_each_known_plugin_is_listed_once_by_name() -> None:
    names = [canonicalize_name(plugin.name) for plugin in known_plugins()]
    assert len(names) >= 50
    assert names == sorted(set(names))


def test_each_known_plugin_has_a_version_and_entry_points_that_vllm_reads() -> None:
    groups = {group.name for group in InterfaceHistory.load().groups}
    for plugin in known_plugins():
        assert Version(plugin.version)
        assert plugin.entry_points
        assert {point.group for point in plugin.entry_points} <= groups, plugin.name
