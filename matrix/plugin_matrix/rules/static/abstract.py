"""PM401 and PM402: members of vLLM's base classes that a plugin class has to give and does not."""

from collections.abc import Iterator

from plugin_matrix.model.finding import Level
from plugin_matrix.model.version_set import Mask
from plugin_matrix.model.witness import MakeInstance
from plugin_matrix.rules.static.asking import Surface
from plugin_matrix.rules.static.families import Families, Family
from plugin_matrix.rules.static.reach import made, used
from plugin_matrix.rules.static.trouble import Raised, Trouble
from plugin_matrix.surface.answers import ClassAt, FunctionAt, Value
from plugin_matrix.surface.records import Mark


class Abstract:
    """Judges what plugin classes leave out."""

    def __init__(self, surface: Surface, mask: Mask, families: Families) -> None:
        self._surface = surface
        self._mask = mask
        self._families = families

    def troubles(self) -> Iterator[Trouble]:
        """Yield the members left out, of classes that no other class of the plugin completes."""
        for family in self._families:
            if (
                not family.ours
                or family.open
                or family.dynamic
                or family.cls.id in self._families.derived_from
            ):
                continue
            if any("abstractmethod" in method.decorators for method in family.cls.methods.values()):
                continue
            yield from self._left_out(family)

    def _left_out(self, family: Family) -> Iterator[Trouble]:
        judged = self._surface.axis.all & ~(family.unclear | family.absent)
        abstract: dict[str, Mask] = {}
        uncalled: dict[str, Mask] = {}
        for base in family.bases:
            for one in base:
                for mask, names in self._surface.unimplemented(one.cls, one.mask & judged):
                    for name in sorted(names):
                        self._sort(family, name, mask, abstract, uncalled)
                for mask, names in self._surface.not_implemented(one.cls, one.mask & judged):
                    for name in sorted(names):
                        uncalled[name] = uncalled.get(name, 0) | self._stated(one.cls, name, mask)
        yield from self._told(family, judged, abstract, uncalled)

    def _told(
        self, family: Family, judged: Mask, abstract: dict[str, Mask], uncalled: dict[str, Mask]
    ) -> Iterator[Trouble]:
        for name, mask in abstract.items():
            if mask & self._mask:
                yield self._trouble(
                    family,
                    name,
                    rule="PM401",
                    node=made(family.cls.id),
                    mask=mask & self._mask,
                    sure_only=mask == judged,  # left out on purpose, unless an instance is made
                )
        for name, mask in uncalled.items():
            called = 0 if family.defines(name) else self._called(family, name, mask)
            if called & self._mask and called != judged:
                yield self._trouble(
                    family,
                    name,
                    rule="PM402",
                    node=used(family.cls.id),
                    mask=called & self._mask,
                    sure_only=True,
                )

    def _sort(
        self, family: Family, name: str, mask: Mask, abstract: dict[str, Mask], uncalled: dict[str, Mask]
    ) -> None:
        """Note an abstract member that is not given.

        Classes whose abstract members are class and static methods are used as they are, without an
        instance: there the gap shows when the member is called.
        """
        if family.defines(name):
            return
        for answer in self._families.members(family, name, mask):
            match answer.thing:
                case FunctionAt(record=record) if record.marks & Mark.ABSTRACT:
                    if record.marks & (Mark.STATICMETHOD | Mark.CLASSMETHOD):
                        uncalled[name] = uncalled.get(name, 0) | answer.mask
                    else:
                        abstract[name] = abstract.get(name, 0) | answer.mask
                case Value(marks=marks) if marks & Mark.PROPERTY and len(family.bases) == 1:
                    abstract[name] = abstract.get(name, 0) | answer.mask
                case _:
                    pass  # another base gives it

    def _stated(self, cls: ClassAt, name: str, mask: Mask) -> Mask:
        """Return where the class itself has the member that only raises.

        What a class of vLLM's inherits and leaves out itself, vLLM does without.
        """
        stated = 0
        for answer in self._surface.member(cls, name, mask, instance=True):
            if isinstance(answer.thing, FunctionAt) and answer.thing.path == f"{cls.path}.{name}":
                stated |= answer.mask
        return stated & mask

    def _called(self, family: Family, name: str, mask: Mask) -> Mask:
        called = 0
        for base in family.bases:
            for one in base:
                if one.mask & mask:
                    for call in self._surface.passed(one.cls, name, one.mask & mask):
                        called |= 0 if call.by else call.mask
        return called & mask

    def _trouble(
        self, family: Family, name: str, *, rule: str, node: str, mask: Mask, sure_only: bool
    ) -> Trouble:
        return Trouble(
            rule=rule,
            # Members that only raise are many where a plugin leaves out what its device has not.
            subject=family.base_path(name) if rule == "PM401" else family.paths[0].text(),
            node=node,
            place=family.cls.place,
            guard=family.cls.guard,
            mask=mask,
            raised=Raised.TYPE if rule == "PM401" else Raised.NOTHING,
            worst=Level.ERROR if rule == "PM401" else Level.WARNING,
            sure_only=sure_only,
            by_engine=True,
            symbol=family.cls.id.partition(":")[2],
            detail=name,
            program=MakeInstance(
                tuple(path.root for path in family.paths),
                tuple(sorted({member for one in family.chain for member in (*one.methods, *one.attributes)})),
                name,
            )
            if rule == "PM401"
            else None,
        )
