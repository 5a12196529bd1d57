"""The specifier to state instead: one that admits releases that were verified, and no other."""

from collections.abc import Iterator

from packaging.version import Version

from plugin_matrix.model.version_set import Mask, ReleaseAxis
from plugin_matrix.rules.static_metadata.declared import Declared

_WIDEST_GAP = 2
"""Broken releases in a row that are left out one by one; behind more, another range begins."""
_MOST_EXCLUDED = 4


def propose(
    axis: ReleaseAxis, judged: Mask, verified: Mask, declared: Declared, doubtful: Mask = 0
) -> str | None:
    """Return the specifier to state instead of what is declared; None where there is nothing better to say.

    What breaks is taken out of a declared range; a range that is sound is carried on to newer releases.
    Releases that are `doubtful`, where something may break, are nothing to promise for the first time.
    """
    within = judged & declared.mask
    sound = within & verified
    if declared.text is None:
        return propose_specifier(axis, verified & ~doubtful or verified)
    if sound and sound != within:
        return propose_specifier(axis, sound, capped=declared.capped)
    if sound:
        wider = sound | newer(axis, sound, verified & ~doubtful)
        return propose_specifier(axis, wider, capped=declared.capped) if wider != sound else None
    return propose_specifier(axis, verified, capped=declared.capped)


def newer(axis: ReleaseAxis, declared: Mask, verified: Mask) -> Mask:
    """Return the verified releases that follow the newest declared one without a break."""
    found = 0
    for position in range(declared.bit_length(), len(axis.releases)):
        if not verified >> position & 1:
            break
        found |= 1 << position
    return found


def propose_specifier(
    axis: ReleaseAxis, verified: Mask, *, within: Mask = -1, capped: bool = False
) -> str | None:
    """Return a specifier that admits none but `verified` releases of `axis`; None where none is verified.

    Of several ranges the one with most releases of `within`, of those the one with most releases, of those
    the newest. A range that ends with the newest release there is stays open unless it is to be `capped`.
    """
    best = max(
        _ranges(axis, verified),
        key=lambda one: ((one & within).bit_count(), one.bit_count(), one),
        default=0,
    )
    return _specifier(axis, best, capped=capped) if best else None


def _ranges(axis: ReleaseAxis, verified: Mask) -> Iterator[Mask]:
    """Yield the runs of `verified`, those with small gaps between them as one."""
    current = gap = excluded = 0
    for position in range(len(axis.releases)):
        if verified >> position & 1:
            excluded += gap if current else 0
            current, gap = current | 1 << position, 0
            continue
        gap += 1
        if current and (gap > _WIDEST_GAP or excluded + gap > _MOST_EXCLUDED):
            yield current
            current = excluded = 0
    if current:
        yield current


def _specifier(axis: ReleaseAxis, chosen: Mask, *, capped: bool) -> str:
    first = (chosen & -chosen).bit_length() - 1
    last = chosen.bit_length() - 1
    hull = (2 << last) - (1 << first)
    parts = [f">={axis.releases[first]}"]
    if last + 1 < len(axis.releases):
        parts.append(f"<{axis.releases[last + 1]}")
    elif capped:
        parts.append(f"<={axis.releases[last]}")
    parts += _exclusions(axis, hull & ~chosen, hull)
    return ",".join(parts)


def _exclusions(axis: ReleaseAxis, holes: Mask, hull: Mask) -> Iterator[str]:
    """Yield `!=` for each hole; a minor release that is left out with all its patches is one."""
    for minor in dict.fromkeys(Version(release).release[:2] for release in axis.names(holes)):
        pattern = f"=={'.'.join(map(str, minor))}.*"
        members = axis.matching(pattern) & hull
        if members & ~holes or members.bit_count() == 1:
            yield from (f"!={release}" for release in axis.names(members & holes))
        else:
            yield f"!{pattern[1:]}"
