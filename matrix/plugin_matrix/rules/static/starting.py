"""Where running a plugin starts: its entry points, and what they hand to vLLM."""

import re
from collections import deque
from collections.abc import Callable, Iterable

from plugin_matrix.model.plugin import EntryPoint, Plugin
from plugin_matrix.model.surface import Reach
from plugin_matrix.model.version_set import Mask
from plugin_matrix.plugins.uses.guards import JOINT
from plugin_matrix.plugins.uses.records import (
    All,
    Always,
    Edge,
    Guard,
    IsSet,
    QualnameText,
    SourceUses,
    Unit,
    UnitKind,
    Unknown,
)
from plugin_matrix.plugins.uses.startup import runs_at_startup
from plugin_matrix.rules.static.asking import known, prefixes
from plugin_matrix.rules.static.families import Families, Family
from plugin_matrix.rules.static.guards import Guards
from plugin_matrix.rules.static.reach import (
    ReachGraph,
    Way,
    add_definitions,
    add_edges,
    made,
    packages_of,
    used,
)
from plugin_matrix.rules.static.trouble import Raised, Trouble, catching

_NOT_INSTANTIATED = {"attention", "patch"}
"""Purposes of names whose classes vLLM uses without making an instance, or not at all."""
_GRANTED = {
    "platform": re.compile(".*", re.DOTALL),
    "worker": re.compile(
        r".*worker_cls\b.*auto.*|not [\w.]*\bmodel_config is None|[\w.]*\bmodel_config( is not None)?"
    ),
}
"""Conditions that are no doubt, by purpose: that a platform's hardware is there, that the worker is the
platform's to choose, which is what `auto` says and what users have unless they ask for another, and that
there is a model."""
_NOT_SHIPPED = {"benchmarks", "docs", "examples", "scripts", "test", "tests", "tools"}
"""Packages beside a plugin's own that nobody who uses it imports."""
_CONSTRUCTORS = ("__init__", "__post_init__", "__new__")


def failing_modules(
    modules: Iterable[str], edges: Iterable[Edge], imports: Iterable[Trouble], guards: Guards
) -> None:
    """Tell `guards` on which releases each module of the plugin certainly cannot be imported."""
    known_modules = set(modules)
    guards.start_over(dict.fromkeys(known_modules, 0))
    inner = [edge for edge in edges if edge.source in known_modules and edge.target in known_modules]
    own = [one for one in imports if one.node in known_modules and not one.fallback]
    for _ in range(2):  # guards may ask for modules themselves; a second round sees the first one's answer
        failing = dict.fromkeys(known_modules, 0)
        for one in own:
            if not catching(one.caught) & (one.raised | Raised.ANYTHING):
                failing[one.node] |= one.mask & guards.bounds(one.guard)[0]
        open_modules = deque(module for module, mask in failing.items() if mask)
        importers: dict[str, list[Edge]] = {}
        for edge in inner:
            if not catching(edge.caught) & (Raised.NO_MODULE | Raised.NO_NAME | Raised.ANYTHING):
                importers.setdefault(edge.target, []).append(edge)
        while open_modules:
            module = open_modules.popleft()
            for edge in importers.get(module, ()):
                more = failing[module] & guards.bounds(edge.guard)[0] & ~failing[edge.source]
                if more:
                    failing[edge.source] |= more
                    open_modules.append(edge.source)
        guards.start_over(failing)


Start = tuple[str, Reach, Mask]
"""A node, when it is reached from outside, and on which releases."""


def reach_graph(
    plugin: Plugin,
    uses: SourceUses,
    families: Families,
    guards: Guards,
    reading: Callable[[str], Mask],
) -> ReachGraph:
    """Return what of the plugin's source is run, from its entry points on.

    `reading` tells which releases read a group of entry points.
    """
    graph = ReachGraph(guards, uses.parts)
    add_edges(graph, uses)
    for family in families:
        _add_class(graph, uses, families, family)
    for use in uses.uses:
        if isinstance(use, QualnameText):
            _add_name(graph, uses, families, use)
    starts = _entry_points(plugin, uses, reading)
    for module in add_definitions(graph, uses):
        graph.start(module, Reach.LATER)
    for start in starts:
        graph.start(*start)
    graph.run()
    return graph


def _add_class(graph: ReachGraph, uses: SourceUses, families: Families, family: Family) -> None:
    """Add what using and making a class runs: its overrides, its constructors, those of its ancestors."""
    cls = family.cls
    for parent in families.parents[cls.id]:
        graph.add(used(cls.id), Way(used(parent)))
        graph.add(made(cls.id), Way(made(parent)))
    for name, method in cls.methods.items():
        if method.unit not in uses.units:
            continue
        if name in _CONSTRUCTORS:
            graph.add(made(cls.id), Way(method.unit))
        elif family.ours:
            have = 0
            for answer in known(families.members(family, name, -1)):
                have |= answer.mask
            if have:
                graph.add(used(cls.id), Way(method.unit, releases=have, earliest=Reach.ENGINE))


def _add_name(graph: ReachGraph, uses: SourceUses, families: Families, use: QualnameText) -> None:
    """Add what vLLM runs when it resolves a name in the plugin that the plugin gave it."""
    path = use.path.root
    if path.split(".", 1)[0] == "vllm" or use.purpose == "patch":
        return
    modules = [prefix for prefix in prefixes(path) if _is_module(uses, prefix)]
    reach = Reach.PLATFORM if use.purpose == "platform" else Reach.ENGINE
    nodes = list(modules)
    cls = families.find(path)
    if cls is not None:
        nodes.append(used(cls.id))
        if use.purpose not in _NOT_INSTANTIATED:
            nodes.append(made(cls.id))
    elif modules and (function := f"{modules[-1]}:{path[len(modules[-1]) + 1 :]}") in uses.units:
        nodes.append(function)
    guard = _granted(use.guard, _GRANTED.get(use.purpose))
    for node in nodes:
        earliest = reach if node in modules else Reach.ENGINE
        graph.add_from_outside(use.node, Way(node, guard, earliest=earliest, by_engine=True))


def _granted(guard: Guard, granted: re.Pattern[str] | None) -> Guard:
    """Return `guard` without the unknown conditions that hold once the plugin is used as it is meant."""
    match guard:
        case Unknown(text=text) if granted is not None and all(map(granted.fullmatch, text.split(JOINT))):
            return Always()
        case IsSet(variable) if granted is not None and granted.fullmatch(variable):
            return Always()
        case All(guards=guards):
            return All(tuple(_granted(one, granted) for one in guards))
        case _:
            return guard


def _is_module(uses: SourceUses, name: str) -> bool:
    unit = uses.units.get(name)
    return unit is not None and unit.kind is UnitKind.MODULE


def _is_package(unit: Unit) -> bool:
    return unit.kind is UnitKind.MODULE and unit.place.file.endswith("__init__.py")


def _entry_points(plugin: Plugin, uses: SourceUses, reading: Callable[[str], Mask]) -> list[Start]:
    modules = (unit.id for unit in uses.units.values() if unit.kind is UnitKind.MODULE)
    starts: list[Start] = [(module, Reach.IMPORT, -1) for module in modules if runs_at_startup(module)]
    imported = _imported(uses) if plugin.entry_points else {}
    if not plugin.entry_points:  # whoever brings it in imports it
        tops = (unit for unit in uses.units.values() if "." not in unit.id and _is_package(unit))
        starts += [(unit.id, Reach.IMPORT, -1) for unit in tops if unit.id not in _NOT_SHIPPED]
    for point in plugin.entry_points:
        module, _, name = point.value.partition("[")[0].strip().partition(":")
        module, name = module.strip(), name.strip()
        releases = reading(point.group)
        starts += [(part, Reach.IMPORT, releases) for part in packages_of(module) if _is_module(uses, part)]
        target = _target(point, uses, imported, module, name)
        if target is None:
            continue
        if target in uses.classes:
            starts += [(node, Reach.ENGINE, releases) for node in (used(target), made(target))]
        else:
            starts.append((target, Reach.CALL, releases))
    return starts


def _imported(uses: SourceUses) -> dict[str, list[str]]:
    """Return the modules of the plugin that each of its modules imports."""
    modules = {unit.id for unit in uses.units.values() if unit.kind is UnitKind.MODULE}
    imported: dict[str, list[str]] = {}
    for edge in uses.edges:
        if edge.source in modules and edge.target in modules:
            imported.setdefault(edge.source, []).append(edge.target)
    return imported


def _target(
    point: EntryPoint, uses: SourceUses, imported: dict[str, list[str]], module: str, name: str
) -> str | None:
    """Return the function or class that an entry point names, through re-exports of the plugin's own."""
    if not name or not point.group:
        return None
    seen = {module}
    queue = deque([module])
    while queue:
        one = queue.popleft()
        target = f"{one}:{name}"
        if target in uses.units or target in uses.classes:
            return target
        for other in imported.get(one, ()):
            if other not in seen:
                seen.add(other)
                queue.append(other)
    hidden = f"{module}:_{name}"  # served by the module's `__getattr__`
    return hidden if hidden in uses.units else None
