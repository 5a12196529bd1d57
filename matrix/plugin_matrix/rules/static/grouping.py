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
    """Certain places first, then in the order of the places."""


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
    settled = [(trouble, one) for trouble in group for one in graph.settle(trouble)]
    failing = 0
    for trouble, one in settled:
        failing |= one.mask | ((trouble.mask | trouble.also) & graph.reached(trouble.node, trouble.guard))
    taken = 0
    for level in _MOST_SEVERE_FIRST:
        mask = 0
        stage = len(STAGES) - 1
        for _, one in settled:
            if one.level is level:
                mask |= one.mask
                stage = min(stage, STAGES.index(one.reach))
        mask &= ~taken
        taken |= mask
        if mask:
            places = [(one.level is not level, trouble) for trouble, one in settled if one.mask & mask]
            places.sort(key=lambda place: (place[0], place[1].place.file, place[1].place.line))
            yield Cause(
                rule=rule,
                subject=subject,
                level=level,
                reach=STAGES[stage],
                mask=mask,
                failing=failing,
                troubles=tuple(dict.fromkeys(trouble for _, trouble in places)),
            )


def told_for(cause: Cause, judged: Mask) -> Mask:
    """Return the release whose failure is worth quoting: the first broken one after a working one.

    Where only releases fail that are older than all that work, that is the last of them; else the first.
    """
    first = since(cause.mask, cause.failing, judged)
    if first:
        return first
    works = judged & ~cause.failing
    if works and cause.mask < works & -works:
        return 1 << cause.mask.bit_length() - 1
    return cause.mask & -cause.mask


def quoting(cause: Cause, release: Mask) -> Cause:
    """Return the cause with what fails on `release` before what fails on others alone."""
    troubles = sorted(cause.troubles, key=lambda trouble: not trouble.mask & release)
    return msgspec.structs.replace(cause, troubles=tuple(troubles))


def since(mask: Mask, failing: Mask, judged: Mask) -> Mask:
    """Return the first release of `mask` whose predecessor among `judged` works; 0 where none does."""
    left = mask & judged
    while left:
        bit = left & -left
        before = judged & (bit - 1)
        if before and not failing >> before.bit_length() - 1 & 1:
            return bit
        left ^= bit
    return 0
