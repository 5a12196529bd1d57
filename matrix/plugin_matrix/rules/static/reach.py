"""Reach: on which releases each body of the plugin's source is run, how certainly, and behind which handlers.

A fixpoint over a graph. Its nodes are the units and, for each class of the plugin, its use (vLLM calls
its methods) and its making (it is instantiated). What is reached is written as states: a stage, what
handlers on the way catch, and the releases. `Reach.LATER` holds whatever may be reached at all.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from heapq import heappop, heappush
from typing import NamedTuple

import msgspec

from plugin_matrix.model.finding import Level
from plugin_matrix.model.surface import Reach
from plugin_matrix.model.version_set import Mask
from plugin_matrix.plugins.uses.guards import conjunction, hopeful
from plugin_matrix.plugins.uses.records import Always, Guard, Part, SourceUses, UnitKind
from plugin_matrix.plugins.uses.startup import is_path_file
from plugin_matrix.rules.static.guards import Guards
from plugin_matrix.rules.static.trouble import Raised, Trouble, catching

STAGES = (Reach.IMPORT, Reach.CALL, Reach.PLATFORM, Reach.ENGINE, Reach.LATER)
_STAGE = {reach: index for index, reach in enumerate(STAGES)}
_LATER = _STAGE[Reach.LATER]
_ASSUMED = len(STAGES)
"""Stage behind the last: not run, and only because vLLM lacks what would run it; nothing works there."""
_SWALLOWS_IMPORTS = Raised.NO_MODULE | Raised.NO_NAME | Raised.ANYTHING

State = tuple[int, Raised]
States = dict[State, Mask]
_Arrival = tuple[int, int, Raised, str, Mask]
"""A stage, what is caught after how many kinds that is, the node and the releases: the certain sort first."""


def used(cls: str) -> str:
    """Return the node that stands for vLLM calling methods of the plugin's class `cls`."""
    return f"{cls}#used"


def made(cls: str) -> str:
    """Return the node that stands for an instance being made of the plugin's class `cls`."""
    return f"{cls}#made"


class Way(msgspec.Struct, frozen=True):
    """Running one node runs `target`."""

    target: str
    guard: Guard = Always()
    releases: Mask = -1
    caught: Raised = Raised.NOTHING
    earliest: Reach = Reach.IMPORT
    by_engine: bool = False
    """vLLM runs it, outside the handlers around the source."""
    later: bool = False
    """Run some time later if at all, outside the handlers around the source."""


class _Step(NamedTuple):
    """A way with its guard evaluated."""

    target: str
    certain: Mask
    possible: Mask
    releases: Mask
    caught: Raised
    earliest: int
    by_engine: bool
    later: bool


class Settled(msgspec.Struct, frozen=True):
    """What a trouble comes to: how bad, when, and on which releases."""

    level: Level
    reach: Reach
    mask: Mask


class ReachGraph:
    """Collects the ways; `run` finds what is reached."""

    def __init__(self, guards: Guards, parts: Iterable[Part] = ()) -> None:
        self._guards = guards
        self._parts: dict[str, list[Part]] = defaultdict(list)
        for part in parts:
            self._parts[part.unit].append(part)
        self._ways: dict[str, list[Way]] = defaultdict(list)
        self._targets: set[str] = set()
        self._steps: dict[str, list[_Step]] = {}
        self._states: dict[str, States] = defaultdict(dict)
        self._arrivals: list[_Arrival] = []

    def add(self, source: str, way: Way) -> None:
        """Add that running `source` runs the target of `way`."""
        self._ways[source].append(way)
        self._steps.pop(source, None)
        self._targets.add(way.target)

    def add_from_outside(self, source: str, way: Way) -> None:
        """Add the same of a call of which the arguments are not known: it may run the parts of a function."""
        self.add(source, way)
        for part in self._parts.get(way.target, ()):
            guard = conjunction((way.guard, part.guard))
            self.add(source, msgspec.structs.replace(way, target=part.id, guard=guard))

    def has_way_to(self, node: str) -> bool:
        """Tell whether some node runs `node`."""
        return node in self._targets

    def start(self, node: str, reach: Reach, releases: Mask = -1) -> None:
        """Have `node` reached from outside on `releases`; functions are called without arguments."""
        releases &= self._guards.mask
        heappush(self._arrivals, (_STAGE[reach], 0, Raised.NOTHING, node, releases))
        for part in self._parts.get(node, ()):
            certain, possible = self._guards.bounds(part.by_default)
            heappush(self._arrivals, (_STAGE[reach], 0, Raised.NOTHING, part.id, releases & certain))
            heappush(self._arrivals, (_LATER, 0, Raised.NOTHING, part.id, releases & possible))

    def states(self, node: str) -> Mapping[State, Mask]:
        """Return how `node` is reached."""
        return self._states.get(node, {})

    def unconnected(self, nodes: Iterable[str], started: Iterable[str]) -> Iterator[str]:
        """Yield those of `nodes`, one of each cycle, that no started node leads to, whatever the guards."""
        seen: set[str] = set()
        self._walk(started, seen)
        for node in nodes:
            if node not in seen:
                yield node
                self._walk((node,), seen)

    def _walk(self, nodes: Iterable[str], seen: set[str]) -> None:
        open_nodes = [node for node in nodes if node not in seen]
        seen.update(open_nodes)
        while open_nodes:
            for way in self._ways.get(open_nodes.pop(), ()):
                if way.target not in seen:
                    seen.add(way.target)
                    open_nodes.append(way.target)

    def run(self) -> None:
        """Find what is reached from all that was started, the certain before what is less so.

        In this order little is reached a second time: what is known already is at least as certain.
        """
        arrivals = self._arrivals
        while arrivals:
            new_stage, _, new_caught, node, mask = heappop(arrivals)
            states = self._states[node]
            for (stage, caught), known in states.items():
                if stage <= new_stage and not caught & ~new_caught:
                    mask &= ~known
            if not mask:
                continue
            state = (new_stage, new_caught)
            states[state] = states.get(state, 0) | mask
            for step in self._steps_from(node):
                self._follow(node, step, state, mask)

    def _steps_from(self, node: str) -> list[_Step]:
        steps = self._steps.get(node)
        if steps is None:
            steps = self._steps[node] = [
                _Step(
                    way.target,
                    *self._guards.bounds(way.guard),
                    way.releases,
                    way.caught,
                    _STAGE[way.earliest],
                    way.by_engine,
                    way.later,
                )
                for way in self._ways.get(node, ())
            ]
        return steps

    def _follow(self, node: str, step: _Step, state: State, mask: Mask) -> None:
        target, certain, possible, releases, more, earliest, by_engine, later = step
        stage, caught = state
        if later:
            if not by_engine and caught & _SWALLOWS_IMPORTS:
                # Where the import fails unheard, nothing follows it.
                mask &= ~self._guards.failing.get(node, 0)
            stage = max(stage, _LATER)
        caught = more if by_engine or later else caught | more
        run = mask & releases
        if stage < _LATER and run & certain:
            self._arrive(target, max(stage, earliest), caught, run & certain)
            run &= ~certain
        if run & possible:
            self._arrive(target, max(stage, _LATER), caught, run & possible)
        if mask & ~releases & possible:
            self._arrive(target, _ASSUMED, caught, mask & ~releases & possible)

    def _arrive(self, target: str, stage: int, caught: Raised, mask: Mask) -> None:
        if mask & ~self._states[target].get((stage, caught), 0):
            heappush(self._arrivals, (stage, caught.bit_count(), caught, target, mask))

    def reached(self, node: str, guard: Guard) -> Mask:
        """Return the releases on which the plugin's own guards let what stands under `guard` be run."""
        found = 0
        for mask in self.states(node).values():
            found |= mask
        return found & self._guards.bounds(guard)[1]

    def settle(self, trouble: Trouble) -> Iterator[Settled]:
        """Yield what `trouble` comes to; nothing where it is not reached or is handled."""
        certain, possible = self._guards.bounds(trouble.guard)
        here = catching(trouble.caught)
        if trouble.fallback and (trouble.raised | Raised.ANYTHING) & here:
            return
        for (stage, on_the_way), mask in self.states(trouble.node).items():
            broken = mask & trouble.mask & possible
            caught = here | on_the_way
            if not broken or trouble.raised & caught or stage == _ASSUMED:
                continue
            sure = broken & certain if stage < _LATER else 0
            swallowed = bool(trouble.raised) and bool(caught & Raised.ANYTHING)
            if sure:
                level = Level.WARNING if swallowed else Level.ERROR
                shows = max(stage, _STAGE[Reach.ENGINE]) if trouble.by_engine else stage
                yield Settled(milder(level, trouble.worst), STAGES[shows], sure)
            if broken & ~sure and not trouble.sure_only:
                yield Settled(milder(Level.WARNING, trouble.worst), Reach.LATER, broken & ~sure)


_SEVERITY = (Level.ADVICE, Level.WARNING, Level.ERROR)


def milder(one: Level, other: Level) -> Level:
    """Return the less severe of two levels."""
    return min(one, other, key=_SEVERITY.index)


def module_of(unit: str) -> str:
    """Return the module that a unit or class stands in."""
    return unit.partition(":")[0]


def packages_of(module: str) -> Iterator[str]:
    """Yield `module` and the packages that are imported with it, outermost first."""
    parts = module.split(".")
    for end in range(1, len(parts) + 1):
        yield ".".join(parts[:end])


def add_edges(graph: ReachGraph, uses: SourceUses) -> None:
    """Add the plugin's own imports, calls and constructions; making an instance leads to its class."""
    for edge in uses.edges:
        caught = catching(edge.caught)
        # A line of a path file asks whether the plugin is switched on; off there is nothing to judge.
        guard = hopeful(edge.guard) if is_path_file(edge.source) else edge.guard
        graph.add(edge.source, Way(edge.target, guard, caught=caught))
        target = uses.units.get(edge.target)
        cls = edge.target if edge.target in uses.classes else target.owner if target else None
        if cls is not None and edge.target in {cls, f"{cls}.__init__"}:
            graph.add(edge.source, Way(made(cls), guard, caught=caught))
            graph.add(edge.source, Way(used(cls), guard, earliest=Reach.ENGINE, by_engine=True))


def add_definitions(graph: ReachGraph, uses: SourceUses) -> list[str]:
    """Add that what is defined may be run later, unless calls of it are seen; return the modules to start.

    A function whose calls are seen is taken to be run by these alone: a second, hidden caller would be
    a rarity, and what such a function uses is often what the guard around its call is for.
    """
    for cls in uses.classes.values():
        for node in (used(cls.id), made(cls.id)):
            graph.add(cls.unit, Way(node, cls.guard, later=True))
    definitions: list[tuple[str, str, Guard]] = []
    for unit in uses.units.values():
        if unit.kind is UnitKind.MODULE:
            continue
        outer = unit.id.rpartition(".<locals>.")[0]
        owner = uses.classes.get(unit.owner) if unit.owner else None
        if outer in uses.units:
            definitions.append((outer, unit.id, Always()))
        elif owner is not None:
            definitions.append((owner.unit, unit.id, owner.guard))
        else:
            definitions.append((module_of(unit.id), unit.id, Always()))
    for source, target, guard in definitions:
        if not graph.has_way_to(target):
            graph.add_from_outside(source, Way(target, guard, later=True))
    modules = [unit.id for unit in uses.units.values() if unit.kind is UnitKind.MODULE]
    starts = [module for module in modules if not graph.has_way_to(module)]
    starts += graph.unconnected(modules, starts)
    defined = {target: (source, guard) for source, target, guard in definitions}
    for target in list(graph.unconnected(defined, starts)):  # functions that only call each other
        source, guard = defined[target]
        graph.add_from_outside(source, Way(target, guard, later=True))
    return starts
