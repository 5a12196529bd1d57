"""Whether a combination is meant to work at all, told without running anything."""

from collections.abc import Iterator

from packaging import tags

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.model import Engine, NotApplicable, Platform, Plugin, Reason
from plugin_matrix.rules.requirements import admits, admits_python, contradict, requirements_on_vllm


def applicability(
    plugin: Plugin, engine: Engine, platform: Platform, history: InterfaceHistory
) -> Iterator[NotApplicable]:
    """Yield each reason why `plugin` is not meant for `engine` on `platform`; nothing when it is.

    Whether to run the cell all the same is the caller's choice. Metadata that is wrong on every
    engine (an unknown group, requirements that admit no release) is a finding and no reason.
    """
    groups = history.groups_at(engine.release)
    if groups_not_read(plugin, groups, history):
        named = ", ".join(sorted({point.group for point in plugin.entry_points}))
        yield NotApplicable(Reason.GROUPS_NOT_READ, f"vLLM {engine.release} does not read {named}.")
    if not admits_python(history.facts_of(engine.release).requires_python, platform.python):
        yield NotApplicable(
            Reason.ENGINE_PYTHON, f"vLLM {engine.release} does not support Python {platform.python}."
        )
    requirements = requirements_on_vllm(plugin, platform)
    if not admits(requirements, engine.release) and not contradict(requirements):
        stated = ", ".join(str(one) for one in requirements)
        yield NotApplicable(
            Reason.ENGINE_NOT_DECLARED, f"{plugin.id} requires {stated}, which excludes {engine.release}."
        )
    if not admits_python(plugin.requires_python, platform.python):
        yield NotApplicable(
            Reason.PYTHON_NOT_DECLARED,
            f"{plugin.id} requires Python {plugin.requires_python}, which excludes {platform.python}.",
        )
    if not wheel_fits(plugin.wheel_tags, platform):
        yield NotApplicable(
            Reason.WHEEL_TAG, f"The wheel is for {', '.join(plugin.wheel_tags)}, which is not {platform.id}."
        )


def groups_not_read(plugin: Plugin, groups: frozenset[str], history: InterfaceHistory) -> bool:
    """Tell whether a release that reads `groups` reads none of the plugin's, all of which vLLM knows."""
    return all(
        point.group not in groups and history.group_since(point.group) is not None
        for point in plugin.entry_points
    )


def wheel_fits(wheel_tags: tuple[str, ...], platform: Platform) -> bool:
    """Tell whether CPython of the platform's minor version on this machine installs such a wheel."""
    if not wheel_tags:
        return True
    major, _, minor = platform.python.partition(".")
    version = (int(major), int(minor))
    machine = list(tags.platform_tags())
    fitting = {
        *tags.cpython_tags(version, platforms=machine),
        *tags.compatible_tags(version, f"cp{major}{minor}", machine),
    }
    return any(not fitting.isdisjoint(tags.parse_tag(text)) for text in wheel_tags)
