"""Holding results against a baseline: by fingerprint and engine, and whose doing each new break is."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from plugin_matrix.gate.ledger import Edition, Place, Square, Trouble
from plugin_matrix.model import Blame, Change, Status

_ORDER = [*Status]


class _Kind(msgspec.Struct, frozen=True):
    """All of a change but its engines: what is alike in it is told once."""

    plugin: str
    where: str
    fingerprint: str
    trouble: Trouble
    status: Status
    blame: Blame | None
    because: str


def compare(now: Sequence[Edition], before: Sequence[Edition]) -> tuple[Change, ...]:
    """Return how `now` differs from `before` and what is the same, new things first.

    What is compared is, of each plugin and `where`, the editions that `before` does not have; only where
    there is none, those it has. Editions that it has as well are the old side of the crossed cells.
    """
    engines: defaultdict[_Kind, list[Place]] = defaultdict(list)
    for edition, where in _subjects(now, before):
        base = _base(edition, where, before)
        for place, kind in _Comparison(edition, where, base, now).kinds():
            engines[kind].append(place)
    ordered = sorted(
        engines.items(),
        key=lambda item: (_ORDER.index(item[0].status), item[0].trouble.rule, item[0].trouble.subject),
    )
    return tuple(_change(kind, places) for kind, places in ordered)


def _subjects(now: Sequence[Edition], before: Sequence[Edition]) -> Iterator[tuple[Edition, str]]:
    pairs = {(edition.key, place.where): None for edition in now for place in edition.squares}
    for key, where in pairs:
        candidates = [edition for edition in now if edition.key == key and edition.places(where)]
        versions = {edition.version for edition in before if edition.key == key and edition.places(where)}
        changed = [edition for edition in candidates if edition.version not in versions]
        for edition in changed or candidates:
            yield edition, where


def _base(edition: Edition, where: str, before: Iterable[Edition]) -> Edition | None:
    """Return the edition to compare with: the same bytes, else the same version, else the newest."""
    return max(
        (other for other in before if other.key == edition.key and other.places(where)),
        key=lambda other: (other.is_same(edition, where), other.version == edition.version, other.age),
        default=None,
    )


class _Comparison:
    """One edition against its base, in one `where`."""

    def __init__(self, edition: Edition, where: str, base: Edition | None, now: Sequence[Edition]) -> None:
        self._edition = edition
        self._where = where
        self._base = base
        self._unchanged = base is not None and edition.is_same(base, where)
        self._old = [
            other
            for other in now
            if base is not None and other.key == base.key and other.version == base.version
            if other is not edition or self._unchanged
        ]
        """The base's own results on engines that the baseline does not have."""

    def kinds(self) -> Iterator[tuple[Place, _Kind]]:
        for place in self._edition.places(self._where):
            square = self._edition.squares[place]
            for print_, trouble in square.found.items():
                yield place, self._kind(print_, trouble, *self._status(place, square, print_, trouble))
            if square.decided:
                yield from self._gone(place, square)

    def _status(
        self, place: Place, square: Square, print_: str, trouble: Trouble
    ) -> tuple[Status, Blame | None, str]:
        before = self._base.squares.get(place) if self._base else None
        if before is not None and _stands(before, print_, trouble):
            return Status.SAME, None, ""
        earlier = self._before(place) if before is None else None
        if self._base and earlier and _stands(self._base.squares[earlier], print_, trouble):
            return Status.SAME, None, f"It stands on {earlier.engine} already."
        if print_ in square.flaky:
            return Status.FLAKY, None, "One of two identical runs has it."
        if self._base is None:
            return Status.NEW, Blame.PLUGIN, "The baseline does not have the plugin."
        if before is not None and self._unchanged:
            return Status.SPURIOUS, None, "It appeared though neither the plugin nor the engine changed."
        return Status.NEW, *self._blame(place, print_, trouble, self._base)

    def _blame(self, place: Place, print_: str, trouble: Trouble, base: Edition) -> tuple[Blame, str]:
        if self._unchanged:
            return Blame.ENGINE, "The plugin did not change."
        old = base.squares.get(place)
        crossed = [square for square in (old, *(one.squares.get(place) for one in self._old)) if square]
        if any(_stands(square, print_, trouble) for square in crossed):
            return Blame.ENGINE, f"{base.id} has it there too."
        if any(square.decided for square in crossed):
            return Blame.PLUGIN, f"{base.id} does not have it there."
        earlier = self._before(place)
        here = self._edition.squares.get(earlier) if earlier else None
        if earlier and here and base.squares[earlier].decided and _stands(here, print_, trouble):
            return Blame.PLUGIN, f"It stands on {earlier.engine} too, where {base.id} does not have it."
        return Blame.UNKNOWN, f"Judge {base.id} there too, beside the plugin, to know."

    def _gone(self, place: Place, square: Square) -> Iterator[tuple[Place, _Kind]]:
        before = self._base.squares.get(place) if self._base else None
        for print_, trouble in before.found.items() if before else ():
            if print_ in square.found:
                continue
            if self._unchanged:
                why = "It went though neither the plugin nor the engine changed."
                yield place, self._kind(print_, trouble, Status.SPURIOUS, None, why)
            else:
                yield place, self._kind(print_, trouble, Status.FIXED, None, "")

    def _before(self, place: Place) -> Place | None:
        """Return the newest older engine that the base was judged on."""
        older = [one for one in self._base.places(self._where) if one.age < place.age] if self._base else []
        return older[-1] if older else None

    def _kind(
        self, print_: str, trouble: Trouble, status: Status, blame: Blame | None, because: str
    ) -> _Kind:
        return _Kind(self._edition.id, self._where, print_, trouble, status, blame, because)


def _stands(square: Square, print_: str, trouble: Trouble) -> bool:
    """Tell whether the trouble stands in `square`, at the same level or a worse one."""
    found = square.found.get(print_)
    return found is not None and found.level.reaches(trouble.level)


def _change(kind: _Kind, places: Iterable[Place]) -> Change:
    trouble = kind.trouble
    return Change(
        plugin=kind.plugin,
        where=kind.where,
        engines=tuple(place.engine for place in places),
        fingerprint=kind.fingerprint,
        rule=trouble.rule,
        subject=trouble.subject,
        level=trouble.level,
        status=kind.status,
        blame=kind.blame,
        because=kind.because,
        known=trouble.known,
        counts=trouble.counts,
    )
