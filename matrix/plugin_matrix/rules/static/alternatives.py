"""Calls that conditions choose between: where one of them fits a release, the other is not meant for it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from plugin_matrix.model.version_set import Mask
from plugin_matrix.plugins.uses.records import Call, Guard, Place, SourceUses, SuperCall
from plugin_matrix.rules.static.guards import Guards
from plugin_matrix.rules.static.trouble import Trouble

_OF_CALLS = frozenset({"PM301", "PM302", "PM406"})


class _Alternative(msgspec.Struct, frozen=True):
    node: str
    place: Place
    guard: Guard


def without_alternatives(troubles: Iterable[Trouble], uses: SourceUses, guards: Guards) -> Iterator[Trouble]:
    """Yield `troubles`, each without the releases on which another call of the same thing fits.

    `if renderer is None: super().__init__(config)`, `else: super().__init__(config, renderer)`: what the
    condition asks cannot be told from the source, but that it chooses the call that fits can be taken for
    granted. Only calls in one function, each under a condition that is open (a parameter's may be to some of
    its callers), choose for each other.
    """
    every = list(troubles)
    failing: dict[tuple[str, Place], Mask] = defaultdict(int)
    for trouble in every:
        if trouble.rule in _OF_CALLS:
            failing[trouble.node, trouble.place] |= trouble.mask
    chosen = _chosen(uses, {(node, place) for node, place in failing}, guards)
    for trouble in every:
        if trouble.rule in _OF_CALLS:
            fits = 0
            for other in chosen.get((trouble.node, trouble.place), ()):
                fits |= guards.bounds(other.guard)[1] & ~failing.get((other.node, other.place), 0)
            if fits & trouble.mask:
                if left := trouble.mask & ~fits:
                    yield msgspec.structs.replace(trouble, mask=left)
                continue
        yield trouble


def _chosen(
    uses: SourceUses, places: set[tuple[str, Place]], guards: Guards
) -> dict[tuple[str, Place], list[_Alternative]]:
    """Return the other calls that a condition may choose instead, by node and place of a call that fails."""
    calls: dict[tuple[str, str], list[_Alternative]] = defaultdict(list)
    for use in uses.uses:
        match use:
            case Call():
                target = use.path.text()
            case SuperCall():
                target = f"super {use.owner} {use.method}"
            case _:
                continue
        certain, possible = guards.bounds(use.guard)
        if certain != possible or use.part:
            calls[use.unit, target].append(_Alternative(use.node, use.place, use.guard))
    found: dict[tuple[str, Place], list[_Alternative]] = {}
    for alternatives in calls.values():
        for one in alternatives:
            if (one.node, one.place) in places:
                found[one.node, one.place] = [other for other in alternatives if other.place != one.place]
    return found
