"""Sets of releases: a bit set on an axis, with PEP 440 in and out.

The version axis is algebra, not a loop: what a plugin needs and what the releases offer are sets, and
where it breaks is their difference.
"""

import functools
from collections.abc import Callable, Iterable, Iterator

import msgspec
from packaging.specifiers import SpecifierSet
from packaging.version import Version

Mask = int
"""Bit `i` stands for the release at position `i` of an axis; the form inner loops work on."""


class ReleaseAxis(msgspec.Struct, frozen=True, dict=True):
    """The releases there are, oldest first; a mask means nothing without its axis."""

    releases: tuple[str, ...]
    """PEP 440 versions in the spelling of the package index, ascending, none twice."""

    @functools.cached_property
    def all(self) -> Mask:
        """Mask of every release."""
        return (1 << len(self.releases)) - 1

    @functools.cached_property
    def _positions(self) -> dict[str, int]:
        return {release: position for position, release in enumerate(self.releases)}

    def position(self, release: str) -> int:
        """Return the position of `release`, spelled as on the axis; `KeyError` for an unknown one."""
        return self._positions[release]

    def bit(self, release: str) -> Mask:
        """Return the mask of one release; `KeyError` for an unknown one."""
        return 1 << self.position(release)

    def mask(self, releases: Iterable[str]) -> Mask:
        """Return the mask of `releases`; `KeyError` for an unknown one."""
        positions = self._positions
        mask = 0
        for release in releases:
            mask |= 1 << positions[release]
        return mask

    def matching(self, specifier: SpecifierSet | str) -> Mask:
        """Return the mask of the releases that `specifier` admits, pre-releases included.

        Raises `packaging.specifiers.InvalidSpecifier`.
        """
        wanted = SpecifierSet(specifier) if isinstance(specifier, str) else specifier
        return self.mask(wanted.filter(self.releases, prereleases=True))

    def names(self, mask: Mask) -> tuple[str, ...]:
        """Return the releases in `mask`, oldest first."""
        return self._names(mask)

    # Many findings hold on the same few sets of releases, and tell them again and again.
    @functools.cached_property
    def _names(self) -> Callable[[Mask], tuple[str, ...]]:
        releases = self.releases
        return functools.cache(
            lambda mask: tuple([one for position, one in enumerate(releases) if mask >> position & 1])
        )

    @functools.cached_property
    def _text(self) -> Callable[[Mask], str]:
        return functools.cache(self._written)

    def runs(self, mask: Mask) -> Iterator[tuple[str, str]]:
        """Yield the first and last release of every unbroken run in `mask`, oldest first."""
        first: int | None = None
        for position in range(len(self.releases) + 1):
            inside = bool(mask >> position & 1)
            if inside and first is None:
                first = position
            elif not inside and first is not None:
                yield self.releases[first], self.releases[position - 1]
                first = None

    def text(self, mask: Mask) -> str:
        """Return `mask` as people write it: `0.9.0-0.10.2, >=0.14.0`; `all`, `none`."""
        return self._text(mask)

    def _written(self, mask: Mask) -> str:
        if mask & self.all == self.all:
            return "all"
        newest = self.releases[-1]
        oldest = self.releases[0]
        parts = []
        for first, last in self.runs(mask):
            if last == newest:
                parts.append(newest if first == newest else f">={first}")
            elif first == oldest:
                parts.append(oldest if first == last else f"<={last}")
            else:
                parts.append(first if first == last else f"{first}-{last}")
        return ", ".join(parts) or "none"


def release_axis(releases: Iterable[str]) -> ReleaseAxis:
    """Return the axis of `releases`, sorted by PEP 440."""
    return ReleaseAxis(tuple(sorted(set(releases), key=Version)))
