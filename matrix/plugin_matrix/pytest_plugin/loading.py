"""Loading general plugins in this process, as a process of vLLM's does that has just started."""

from __future__ import annotations

import sys
from importlib import import_module, metadata

from ..probe.engine import forget_platform, load_general_plugins


class UnknownPluginError(LookupError):
    """No distribution in this environment has an entry point of that name."""


def load(names: tuple[str, ...]) -> None:
    """Load the general plugins that `VLLM_PLUGINS` admits; raises what the engine's loader raises.

    `names` are those it names: vLLM passes over names that nothing has, a test must not.
    """
    known = {point.name for point in vllm_entry_points()}
    for name in names:
        if name not in known:
            raise UnknownPluginError(unknown_text(name, known))
    forget_what_was_loaded()
    load_general_plugins()


def forget_what_was_loaded() -> None:
    """Make the next loading the first one: the flag that guards it down, the platform not resolved."""
    import_module("vllm")
    plugins = import_module("vllm.plugins")
    if getattr(plugins, "plugins_loaded", False):
        plugins.plugins_loaded = False  # type: ignore[attr-defined]
    forget_platform()


def vllm_entry_points() -> list[metadata.EntryPoint]:
    """Return all entry points in vLLM's groups, each distribution's once."""
    return [point for _, point in of_distributions()]


def of_distributions() -> list[tuple[str, metadata.EntryPoint]]:
    """Return (distribution, entry point) of vLLM's groups; of a name installed twice the first counts."""
    found: list[tuple[str, metadata.EntryPoint]] = []
    seen: set[str] = set()
    for distribution in metadata.distributions():
        name = distribution.metadata["Name"]
        normal = name.lower().replace("_", "-").replace(".", "-") if isinstance(name, str) else ""
        if normal in seen:
            continue
        seen.add(normal)
        found += [(name, point) for point in distribution.entry_points if point.group.startswith("vllm.")]
    return found


def unknown_text(name: str, known: set[str]) -> str:
    """Return what to say, and to do, where no entry point is called `name`."""
    there = ", ".join(sorted(known)) or "none"
    return (
        f"No plugin that is installed for {sys.executable} has an entry point named {name!r} in vLLM's groups"
        f" (there are: {there}). Install yours there, for example with `pip install -e .`."
    )
