"""Judging: a plugin's uses held against the surface of every release at once."""

from collections.abc import Callable, Iterable
from contextlib import closing
from itertools import chain

import msgspec

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.model.finding import Evidence
from plugin_matrix.model.plugin import Plugin
from plugin_matrix.model.surface import SurfaceFinding
from plugin_matrix.model.version_set import Mask, ReleaseAxis
from plugin_matrix.model.witness import Prediction
from plugin_matrix.plugins.aside import Aside, Claims, may_fork, processors
from plugin_matrix.plugins.uses.records import SourceUses, UnitKind
from plugin_matrix.rules.catalogue import catalogue
from plugin_matrix.rules.static.abstract import Abstract
from plugin_matrix.rules.static.advice import Advice
from plugin_matrix.rules.static.alternatives import without_alternatives
from plugin_matrix.rules.static.asking import Surface
from plugin_matrix.rules.static.attributes import Attributes
from plugin_matrix.rules.static.calls import Calls
from plugin_matrix.rules.static.declared import declared_releases, releases_reading
from plugin_matrix.rules.static.families import Families
from plugin_matrix.rules.static.grouping import Cause, causes, quoting, since, told_for
from plugin_matrix.rules.static.guards import Guards
from plugin_matrix.rules.static.hints import advised
from plugin_matrix.rules.static.imports import Imports
from plugin_matrix.rules.static.inherited import Inherited
from plugin_matrix.rules.static.models import Models
from plugin_matrix.rules.static.overrides import Overrides
from plugin_matrix.rules.static.patches import Patches
from plugin_matrix.rules.static.qualnames import Qualnames
from plugin_matrix.rules.static.starting import failing_modules, reach_graph
from plugin_matrix.rules.static.trouble import Trouble
from plugin_matrix.rules.static.wording import message

MOST_EVIDENCE = 5
"""Places named with one finding; `occurrences` counts all."""
MANY_USES = 4000
"""Of so many uses those of paths are judged by a process of their own; with fewer that is no gain."""


class Judged(msgspec.Struct, frozen=True):
    """A finding, and what it was told of."""

    finding: SurfaceFinding
    told_for: str
    """The release whose failure is quoted: the first that broke."""
    troubles: tuple[Trouble, ...]

    def prediction(self, axis: ReleaseAxis, release: str | None = None) -> Prediction | None:
        """Return a program that shows it on a release, the first that broke if none is given."""
        on = release or self.told_for
        bit = axis.bit(on)
        for trouble in self.troubles:
            if trouble.mask & bit and trouble.program is not None:
                return Prediction(trouble.program, on, frozenset(axis.names(trouble.mask | trouble.also)))
        return None


def judge_surface(
    plugin: Plugin, uses: SourceUses, surface: Surface, history: InterfaceHistory, mask: Mask
) -> tuple[SurfaceFinding, ...]:
    """Return what breaks the plugin on the releases of `mask`, most severe first."""
    return tuple(one.finding for one in judge_with_programs(plugin, uses, surface, history, mask))


def judge_with_programs(
    plugin: Plugin, uses: SourceUses, surface: Surface, history: InterfaceHistory, mask: Mask
) -> tuple[Judged, ...]:
    """Return the same with programs to run."""
    if not mask:
        return ()
    guards = Guards(surface, history, mask)
    imports = Imports(uses, surface, mask)
    families = Families(uses.classes, surface)
    import_troubles = list(imports.troubles())
    modules = {unit.id for unit in uses.units.values() if unit.kind is UnitKind.MODULE}
    failing_modules(modules, uses.edges, import_troubles, guards)

    def of_paths() -> list[Trouble]:
        # All follow the same paths, which is dear only once.
        attributes = Attributes(uses, surface, mask, imports)
        patches = Patches(uses, surface, mask, imports, attributes)
        calls, advice = Calls(uses, surface, mask, imports), Advice(uses, surface, mask)
        return [*attributes.troubles(), *patches.troubles(), *calls.troubles(), *advice.troubles()]

    # The longest first, so that two processes are done at about the same time.
    works: tuple[Callable[[], Iterable[Trouble]], ...] = (
        of_paths,
        Overrides(uses, surface, mask, families).troubles,
        Inherited(uses, surface, mask, families).troubles,
        Abstract(surface, mask, families).troubles,
        Models(plugin, uses, surface, history, mask, families).troubles,
        Qualnames(uses, surface, mask).troubles,
    )
    with closing(Claims(len(works))) as claims:

        def share() -> dict[int, list[Trouble]]:
            return {number: list(works[number]()) for number in claims}

        forks = len(uses.uses) >= MANY_USES and processors() > 1 and may_fork()
        with Aside(share, forks=forks) as other:
            graph = reach_graph(
                plugin, uses, families, guards, lambda group: releases_reading(group, surface.axis, history)
            )
            done = share() | other.result()
            # What a process claimed that came to grief is judged here, for the same grief.
            found_by = (done[number] if number in done else work() for number, work in enumerate(works))
            troubles = chain(import_troubles, *found_by)
            declared = declared_releases(plugin, surface.axis)
            meant = without_alternatives(troubles, uses, guards)
            found = [_finding(cause, surface, mask, declared) for cause in causes(meant, graph)]
    severity = {"error": 0, "warning": 1, "advice": 2}
    return tuple(
        sorted(
            found,
            key=lambda one: (severity[one.finding.level], one.finding.rule, one.finding.subject),
        )
    )


def _finding(cause: Cause, surface: Surface, judged: Mask, declared: Mask) -> Judged:
    rule = catalogue()[cause.rule]
    axis = surface.axis
    first = since(cause.mask, cause.failing, judged)
    quoted = told_for(cause, judged)
    cause = quoting(cause, quoted)
    advice = advised(cause, surface, judged, rule.hint)
    places: dict[tuple[str, int], Trouble] = {}
    for trouble in cause.troubles:
        places.setdefault((trouble.place.file, trouble.place.line), trouble)
    evidence = [
        Evidence(file=file, line=line, symbol=trouble.symbol, text=trouble.detail or None)
        for (file, line), trouble in places.items()
    ]
    finding = SurfaceFinding(
        rule=cause.rule,
        level=cause.level,
        subject=cause.subject,
        message=message(cause, axis, judged, quoted),
        effect=rule.effect,
        hint=advice.hint or rule.hint,
        evidence=tuple(evidence[:MOST_EVIDENCE]),
        broken=axis.names(cause.mask),
        since=axis.names(first)[0] if first else None,
        reach=cause.reach,
        declared=bool(cause.mask & declared),
        occurrences=len(places),
        replacement=advice.replacement,
    )
    return Judged(finding, axis.names(quoted)[0], cause.troubles)
