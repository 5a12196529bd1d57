"""Root causes: troubles of one rule and subject become one finding, with the releases it holds on."""

from collections.abc import Iterable, Iterator

import msgspec

from plugin_matrix.model.finding import Level
from plugin_matrix.model.surface import Reach
from plugin_matrix.model.version_set import Mask
from plugin_matrix.rules.static.reach import STAGES, ReachGraph
from plugin_matrix.rules.static.trouble import Trouble

_MOST_SEVERE_FIRST = (Level.ERROR, Level.WARNING, Level.ADVICE)


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """What comes to one finding: one rule, one subject, one level."""

    rule: str
    subject: str
    level: Level
    reach: Reach
    mask: Mask
    """Releases on which it holds at this level, and at no more severe one."""
    failing: Mask
    """Releases on which the same places fail, whatever the cause; on all others they work."""
    troubles: tuple[Trouble, ...]
    """In the order of their places."""


def causes(troubles: Iterable[Trouble], graph: ReachGraph) -> Iterator[Cause]:
    """Yield the causes behind `troubles`, handled and unreached ones left out."""
    groups: dict[tuple[str, str], list[Trouble]] = {}
    imports = set()
    for trouble in troubles:
        if trouble.rule == "PM202":
            imports.add(trouble.subject)
        groups.setdefault((trouble.rule, trouble.subject), []).append(trouble)
    for subject in imports:  # `import m; m.x` fails for the reason for which `from m import x` does
        groups["PM202", subject] += groups.pop(("PM203", subject), [])
    for (rule, subject), group in groups.items():
        yield from _levels(rule, subject, group, graph)


def _levels(rule: str, subject: str, group: list[Trouble], graph: ReachGraph) -> Iterator[Cause]:
    masks = dict.fromkeys(_MOST_SEVERE_FIRST, 0)
    stages = dict.fromkeys(_MOST_SEVERE_FIRST, len(STAGES) - 1)
    at_level: dict[Level, list[Trouble]] = {level: [] for level in _MOST_SEVERE_FIRST}
    failing = 0
    for trouble in group:
        settled = list(graph.settle(trouble))
        if not settled:
            continue
        failing |= (trouble.mask | trouble.also) & graph.reached(trouble.node, trouble.guard)
        for one in settled:
            masks[one.level] |= one.mask
            stages[one.level] = min(stages[one.level], STAGES.index(one.reach))
        for level in {one.level for one in settled}:
            at_level[level].append(trouble)
    taken = 0
    failing |= masks[Level.ERROR] | masks[Level.WARNING] | masks[Level.ADVICE]
    for level in _MOST_SEVERE_FIRST:
        mask = masks[level] & ~taken
        taken |= mask
        if mask:
            yield Cause(
                rule=rule,
                subject=subject,
                level=level,
                reach=STAGES[stages[level]],
                mask=mask,
                failing=failing,
                troubles=tuple(sorted(at_level[level], key=lambda one: (one.place.file, one.place.line))),
            )


def since(mask: Mask, failing: Mask, judged: Mask) -> Mask:
    """Return the first release of `mask` whose predecessor among `judged` works; 0 where none does."""
    previous = None
    for position in range(judged.bit_length()):
        bit = 1 << position
        if not judged & bit:
            continue
        if mask & bit and previous is not None and not failing & previous:
            return bit
        previous = bit
    return 0
