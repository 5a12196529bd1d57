"""What classes of vLLM derive from: their method resolution order on every release."""

from collections.abc import Iterable
from typing import NamedTuple

from plugin_matrix.model.version_set import Mask
from plugin_matrix.surface.answers import ClassAt
from plugin_matrix.surface.externals import canonical
from plugin_matrix.surface.names import Names
from plugin_matrix.surface.pieces import External
from plugin_matrix.surface.records import ClassRecord


class Place(NamedTuple):
    """Where a class stands, whatever it looks like there from release to release."""

    module: str
    qualname: str

    @property
    def path(self) -> str:
        """Dotted path of the class."""
        return f"{self.module}.{self.qualname}"


Line = tuple[Place | str, ...]
"""A method resolution order; a string is a class outside vLLM. `object` is left out."""
Lines = tuple[tuple[Mask, Line], ...]
Forms = tuple[tuple[Mask, ClassAt], ...]


def place_of(cls: ClassAt) -> Place:
    """Return where a class stands."""
    return Place(cls.module, cls.qualname)


class Bases:
    """Resolution orders, worked out for all releases at once."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.memo = names.memo

    def forms(self, place: Place) -> Forms:
        """Return what the class looks like on the releases that have it; disjoint."""
        return self.memo.get(("forms", place), lambda: self._forms(place), ())

    def _forms(self, place: Place) -> Forms:
        forms = []
        taken = 0
        for mask, record in self.names.symbols(place.module, place.qualname):
            if isinstance(record, ClassRecord) and mask & ~taken:
                forms.append((mask & ~taken, ClassAt(place.module, place.qualname, record)))
                taken |= mask
        return tuple(forms)

    def lines(self, place: Place) -> Lines:
        """Return the resolution orders on the releases that have the class; disjoint."""
        return self.memo.get(
            ("lines", place), lambda: self._lines(place), ((self.names.axis.all, (place, "?")),)
        )

    def _lines(self, place: Place) -> Lines:
        by_bases: dict[tuple[str, ...], Mask] = {}
        for mask, form in self.forms(place):
            by_bases[form.record.bases] = by_bases.get(form.record.bases, 0) | mask
        found: dict[Line, Mask] = {}
        for bases, mask in by_bases.items():
            parts: list[tuple[Mask, tuple[Line, ...]]] = [(mask, ())]
            for text in bases:
                told = self._base(place, text)
                parts = [
                    (part & held, (*before, line))
                    for part, before in parts
                    for held, line in told
                    if part & held
                ]
            for part, lines in parts:
                line = (place, *linearized(lines))
                found[line] = found.get(line, 0) | part
        return tuple((mask, line) for line, mask in found.items())

    def _base(self, place: Place, text: str) -> list[tuple[Mask, Line]]:
        """Return the resolution orders of one base, on all releases."""
        named = text.replace(".", "_").isidentifier()
        pieces = self.names.in_scope(place.module, place.qualname.rpartition(".")[0], text) if named else ()
        # `collections.namedtuple(...)` makes a class in a module that need not import NamedTuple.
        unknown = "typing.NamedTuple" if text == "NamedTuple" else text
        masks: dict[Place | str, Mask] = {}
        for piece in pieces:
            match piece.thing:
                case ClassAt() as base if place_of(base) != place:
                    at: Place | str = place_of(base)
                case External(path=path):
                    at = canonical(path)
                case _:
                    at = unknown
            masks[at] = masks.get(at, 0) | piece.mask
        lines: list[tuple[Mask, Line]] = []
        for at, mask in masks.items():
            if isinstance(at, str):
                lines.append((mask, (at,)))
            else:
                lines += [(held & mask, line) for held, line in self.lines(at) if held & mask]
        return [*lines, (self.names.axis.all & ~union(mask for mask, _ in lines), (unknown,))]

    def orders(self, place: Place) -> tuple[tuple[Mask, tuple[ClassAt | str, ...]], ...]:
        """Return the resolution orders with every class as it looks on those releases."""
        return self.memo.get(("orders", place), lambda: self._orders(place), ())

    def _orders(self, place: Place) -> tuple[tuple[Mask, tuple[ClassAt | str, ...]], ...]:
        found: list[tuple[Mask, tuple[ClassAt | str, ...]]] = []
        for mask, line in self.lines(place):
            parts: list[tuple[Mask, tuple[ClassAt | str, ...]]] = [(mask, ())]
            for base in line:
                if isinstance(base, str):
                    parts = [(part, (*order, base)) for part, order in parts]
                else:
                    forms = self.forms(base)
                    parts = [
                        (part & held, (*order, form))
                        for part, order in parts
                        for held, form in forms
                        if part & held
                    ]
            found += parts
        return tuple(found)


def union(masks: Iterable[Mask]) -> Mask:
    """Return the releases that are in any of `masks`."""
    found = 0
    for mask in masks:
        found |= mask
    return found


def linearized(lines: tuple[Line, ...]) -> list[Place | str]:
    """Return the C3 merge of the orders of the bases; where none exists, each class once as first met."""
    pending = [list(line) for line in (*lines, tuple(line[0] for line in lines)) if line]
    order: list[Place | str] = []
    while pending:
        for sequence in pending:
            head = sequence[0]
            if not any(head in other[1:] for other in pending):
                break
        else:
            return list(dict.fromkeys([*order, *(base for line in lines for base in line)]))
        order.append(head)
        pending = [rest for other in pending if (rest := other[1:] if other[0] == head else other)]
    return order
