"""What a class of vLLM leaves for its subclasses to give."""

from plugin_matrix.model.version_set import Mask
from plugin_matrix.surface.bases import Line, Place, union
from plugin_matrix.surface.classes import Classes
from plugin_matrix.surface.externals import external_class
from plugin_matrix.surface.names import effective
from plugin_matrix.surface.pieces import groups
from plugin_matrix.surface.records import AttributeRecord, Mark, Record

LeftOpen = tuple[tuple[Mask, frozenset[str]], ...]


class Abstract:
    """Members without a body of use."""

    def __init__(self, classes: Classes) -> None:
        self._classes = classes
        self._memo = classes.memo

    def unimplemented(self, place: Place) -> LeftOpen:
        """Return the abstract members on every release, where `ABCMeta` sees to them."""
        return self._memo.get(("abstract", place), lambda: self._open(place, Mark.ABSTRACT), ())

    def not_implemented(self, place: Place) -> LeftOpen:
        """Return the members, not abstract, whose body only raises NotImplementedError."""
        return self._memo.get(("raising", place), lambda: self._open(place, Mark.NOT_IMPLEMENTED), ())

    def _open(self, place: Place, mark: Mark) -> LeftOpen:
        found: dict[frozenset[str], Mask] = {}
        for mask, line in self._classes.bases.lines(place):
            checked = mask & self._checked(line) if mark is Mark.ABSTRACT else mask
            parts: list[tuple[Mask, frozenset[str]]] = [(mask, frozenset())]
            for name in self._candidates(line, mark):
                marked = checked & self._first_marked(line, name, mark, mask)
                parts = [
                    (part & side, names | {name} if side == marked else names)
                    for part, names in parts
                    for side in (marked, ~marked)
                    if part & side
                ]
            for part, names in parts:
                found[names] = found.get(names, 0) | part
        return tuple((mask, names) for names, mask in found.items())

    def _candidates(self, line: Line, mark: Mark) -> list[str]:
        stated = {name for base in line if isinstance(base, Place) for name in self._marked(base, mark)}
        outside = {name for name in _outside_abstract(line) if mark is Mark.ABSTRACT}
        return sorted(stated | outside)

    def _marked(self, place: Place, mark: Mark) -> frozenset[str]:
        """Return the members that the class itself has with `mark` on some release."""
        return self._classes.memo.get(
            ("marked", place, mark),
            lambda: frozenset(
                name
                for name in self._classes.members(place)
                if any(record.marks & mark for _, record in self._classes.member(place, name))
            ),
            frozenset(),
        )

    def _first_marked(self, line: Line, name: str, mark: Mark, mask: Mask) -> Mask:
        """Return where the first class that gives the member gives it with `mark`."""
        marked = 0
        left = mask
        for base in line:
            if isinstance(base, str):
                known = external_class(base)
                if known and name in known.members:
                    abstract = mark is Mark.ABSTRACT and name in known.abstract
                    return marked | left if abstract else marked
                continue
            for part, records in groups(self._classes.member(base, name), left):
                giving = [record for record in effective(records, typing=False) if _gives(record)]
                if not giving:
                    continue
                if all(_bears(record, mark) for record in giving):
                    marked |= part
                left &= ~part
        return marked

    def _checked(self, line: Line) -> Mask:
        """Return where abstract members must be given before an instance can be made."""
        checked = 0
        for base in line:
            if isinstance(base, str):
                known = external_class(base)
                if known and known.abc:
                    return -1
            else:
                checked |= union(
                    mask
                    for mask, form in self._classes.bases.forms(base)
                    if any(key.startswith("metaclass=") and "ABC" in key for key in form.record.keywords)
                )
        return checked


def _outside_abstract(line: Line) -> frozenset[str]:
    names: frozenset[str] = frozenset()
    for base in line:
        known = external_class(base) if isinstance(base, str) else None
        if known:
            names |= known.abstract
    return names


def _bears(record: Record, mark: Mark) -> bool:
    marks = record.marks
    if mark is Mark.NOT_IMPLEMENTED and marks & Mark.ABSTRACT:
        return False
    return bool(marks & mark)


def _gives(record: Record) -> bool:
    """Tell what is an attribute of the class itself: no bare annotation, nothing only instances have."""
    if isinstance(record, AttributeRecord):
        return bool(record.marks & Mark.HAS_VALUE) and not record.marks & Mark.INSTANCE
    return True
