"""PM403, PM404 and PM407: overrides that no longer fit what vLLM calls."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from plugin_matrix.model.finding import Level
from plugin_matrix.model.signature import Signature
from plugin_matrix.model.version_set import Mask
from plugin_matrix.model.witness import FindKind
from plugin_matrix.plugins.uses.records import Method, SourceUses, SuperCall
from plugin_matrix.rules.static.asking import Surface, known, lacking
from plugin_matrix.rules.static.families import BaseAt, Families, Family
from plugin_matrix.rules.static.fitting import Passed, Theirs, by_itself, covers, demanding, fit
from plugin_matrix.rules.static.reach import used
from plugin_matrix.rules.static.trouble import Trouble
from plugin_matrix.surface.answers import Answer, FunctionAt, Thing, Value
from plugin_matrix.surface.records import Mark

_PROPERTIES = {"property", "cached_property"}
TRANSPARENT = {
    "abstractmethod",
    "async",
    "cache",
    "classmethod",
    "contextmanager",
    "final",
    "inference_mode",
    "lru_cache",
    "no_grad",
    "override",
    "staticmethod",
}
"""Decorators that keep a signature."""


class Overrides:
    """Judges the methods of plugin classes that stand in for methods of vLLM's classes."""

    def __init__(self, uses: SourceUses, surface: Surface, mask: Mask, families: Families) -> None:
        self._surface = surface
        self._mask = mask
        self._families = families
        self._called = {edge.target for edge in uses.edges}
        self._supers = {(use.owner, use.method) for use in uses.uses if isinstance(use, SuperCall)}

    def troubles(self) -> Iterator[Trouble]:
        """Yield the overrides that do not fit."""
        for family in self._families:
            if not family.ours:
                continue
            for name, method in family.cls.methods.items():
                if name != "__init__" and name.startswith("__") and name.endswith("__"):
                    continue  # Python's protocol
                members = self._families.members(family, name, self._surface.axis.all)
                functions = [
                    (one.mask, one.thing)
                    for one in members
                    if isinstance(one.thing, FunctionAt) and not one.conditional
                ]
                place = _place(family, name, method)
                if name == "__init__":
                    # Constructors differ freely, unless an abstract one says what vLLM makes instances with.
                    functions = [one for one in functions if one[1].record.marks & Mark.ABSTRACT]
                    yield from self._taking(family, name, place, method, functions)
                    continue
                if not family.dynamic:
                    yield from self._gone(place, method, members)
                yield from self._kind(place, _members(family, name), method, members)
                yield from self._taking(family, name, place, method, functions)

    def _gone(self, place: Trouble, method: Method, members: tuple[Answer, ...]) -> Iterator[Trouble]:
        have = missing = 0
        for answer in known(members):
            have |= answer.mask
        for mask, _ in lacking(members):
            missing |= mask
        first = have & -have
        gone = missing & -first  # an override older than its base is written ahead, not left behind
        if gone & self._mask and method.unit not in self._called:
            yield replace(place, rule="PM404", mask=gone & self._mask, worst=Level.ADVICE)

    def _kind(
        self, place: Trouble, paths: tuple[str, ...], method: Method, members: tuple[Answer, ...]
    ) -> Iterator[Trouble]:
        mine = _kind_of(method)
        same = differs = 0
        theirs = ""
        for answer in members:
            kind = None if answer.conditional else _kind_of_member(answer.thing)
            if kind is None:
                continue
            if _interchangeable(kind, mine):
                same |= answer.mask
            else:
                differs |= answer.mask
                theirs = kind
        if same and differs & self._mask:
            detail = f"vLLM's is a {theirs}, the plugin's a {mine}"
            program = FindKind(paths, mine)
            yield replace(place, rule="PM407", mask=differs & self._mask, detail=detail, program=program)

    def _taking(
        self,
        family: Family,
        name: str,
        place: Trouble,
        method: Method,
        functions: list[tuple[Mask, FunctionAt]],
    ) -> Iterator[Trouble]:
        if _PROPERTIES & set(method.decorators) or not set(method.decorators) <= TRANSPARENT:
            return
        theirs = [
            Theirs(mask, signature)
            for mask, function in functions
            if (signature := self._surface.signature(function)) is not None
        ]
        mine = method.signature if "staticmethod" in method.decorators else method.signature.bound()
        ever: frozenset[str] = frozenset()
        if method.unit not in self._called:  # else the plugin may be its only caller
            ever = frozenset(p.name for one in theirs for p in one.signature.parameters)
        fitting = 0
        for one in theirs:
            if covers(mine, one.signature):
                fitting |= one.mask
        lacking_it = self._surface.axis.all
        for mask, _ in functions:
            lacking_it &= ~mask
        theirs = [one for one in theirs if not one.mask & fitting]
        calls = self._calls(family, name, mine, theirs)
        found = fit(mine, name, theirs, calls, fitting=fitting, ever=ever)
        for worst, failures, sure_only in (
            (Level.ERROR, found.calls, False),
            (Level.WARNING, found.doubtful, True),
            (Level.WARNING, found.demands, False),
        ):
            for failure in failures:
                if failure.mask & self._mask:
                    yield replace(
                        place,
                        rule="PM403",
                        mask=failure.mask & self._mask,
                        detail=failure.reason,
                        worst=worst,
                        sure_only=sure_only,
                        also=(found.mask if sure_only else found.sure) | lacking_it,
                        before=mine.text(),
                        after=failure.taken,
                        program=failure.program(
                            _members(family, name), mine, bound="staticmethod" not in method.decorators
                        ),
                    )

    def _calls(self, family: Family, name: str, mine: Signature, theirs: Sequence[Theirs]) -> list[Passed]:
        """Return the calls of a method; none where `mine` takes them all and what vLLM's own demands."""
        asked = 0
        for one in theirs:
            asked |= one.mask
        bases = [base for forms in family.bases for base in forms if base.mask & asked]
        if not demanding(mine, theirs) and not any(
            self._surface.passed(base.cls, name, base.mask & asked, mine) for base in bases
        ):
            return []
        return [
            passed for base in bases for passed in self._passed(family, base, name, mine, base.mask & asked)
        ]

    def _passed(
        self, family: Family, base: BaseAt, name: str, mine: Signature, mask: Mask
    ) -> Iterator[Passed]:
        """Yield the calls of a method; whether its own object's methods make theirs may be doubtful."""
        for call in self._surface.passed(base.cls, name, mask):
            if not call.by:
                yield Passed(call.mask, call.shape, call.module)
            elif self._keeps(family, call.by):
                yield from by_itself(self._surface, base.cls, call, mine)

    def _keeps(self, family: Family, method: str) -> bool:
        """Tell whether vLLM's own `method` is run for an object of the plugin's class."""
        overriding = next((cls for cls in family.chain if method in cls.methods), None)
        return overriding is None or (overriding.id, method) in self._supers


def _place(family: Family, name: str, method: Method) -> Trouble:
    """Return what all troubles with one override share."""
    return Trouble(
        rule="",
        subject=family.base_path(name),
        node=used(family.cls.id),
        place=method.place or family.cls.place,
        mask=0,
        guard=family.cls.guard,
        by_engine=True,
        symbol=f"{family.cls.id.partition(':')[2]}.{name}{method.signature.text()}",
    )


def _members(family: Family, name: str) -> tuple[str, ...]:
    return tuple(f"{path.root}.{name}" for path in family.paths)


def _kind_of(method: Method) -> str:
    decorators = set(method.decorators)
    if decorators & _PROPERTIES:
        return "property"
    if decorators & {"staticmethod", "classmethod"}:
        return "class or static method"
    return "method"


def _kind_of_member(thing: Thing) -> str | None:
    match thing:
        case FunctionAt(record=record) if record.marks & (Mark.CLASSMETHOD | Mark.STATICMETHOD):
            return "class or static method"
        case FunctionAt():
            return "method"
        case Value(marks=marks) if marks & Mark.PROPERTY:
            return "property"
        case _:
            return None


def _interchangeable(theirs: str, mine: str) -> bool:
    """Tell whether what can be done with vLLM's member can be done with the plugin's.

    A class or static method can be called wherever a method can.
    """
    return theirs == mine or (theirs == "method" and mine == "class or static method")
