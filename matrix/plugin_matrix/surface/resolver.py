"""The surface of every vLLM release as one thing to ask: what an access path leads to, on which releases."""

from plugin_matrix.model.access_path import AccessPath
from plugin_matrix.model.signature import Signature
from plugin_matrix.model.version_set import Mask, ReleaseAxis
from plugin_matrix.surface.abstract import Abstract, LeftOpen
from plugin_matrix.surface.answers import Answer, ClassAt, FunctionAt, Missing, PassedAt
from plugin_matrix.surface.asked import Index
from plugin_matrix.surface.bases import place_of, union
from plugin_matrix.surface.calls import EngineCalls
from plugin_matrix.surface.classes import Classes
from plugin_matrix.surface.constructors import Constructing
from plugin_matrix.surface.homes import Moves
from plugin_matrix.surface.names import Names
from plugin_matrix.surface.pieces import answers, restrict
from plugin_matrix.surface.records import Mark
from plugin_matrix.surface.typed import Types

__all__ = ["Index", "Surface"]

_NO_CLASS = "the class is not there in this form"


class Surface:
    """Answers questions set-wise; what was followed once is remembered for all releases."""

    def __init__(self, index: Index) -> None:
        self.axis: ReleaseAxis = index.axis
        self._names = Names(index)
        self._classes = Classes(self._names)
        self._types = Types(self._names, self._classes)
        self._abstract = Abstract(self._classes)
        self._constructing = Constructing(self._classes)
        self._calls = EngineCalls(self._types)
        self._moves = Moves(self._classes)
        self._imported: dict[tuple[str, str | None, Mask], tuple[Answer, ...]] = {}
        self._resolved: dict[tuple[AccessPath, Mask], tuple[Answer, ...]] = {}

    def resolve(self, path: AccessPath, mask: Mask) -> tuple[Answer, ...]:
        """Return what `path` leads to: answers that are disjoint and cover `mask`."""
        question = (path, mask)
        if question not in self._resolved:
            pieces = self._types.known(restrict(self._types.path(path), mask))
            self._resolved[question] = answers(pieces, mask, f"{path.text()} cannot be followed")
        return self._resolved[question]

    def importable(self, module: str, name: str | None, mask: Mask) -> tuple[Answer, ...]:
        """Return what `import module` (without `name`) or `from module import name` gives; `*` the module."""
        question = (module, name, mask)
        if question not in self._imported:
            if name is None or name == "*":
                pieces = self._names.module(module)
            else:
                pieces = self._names.from_import(module, name)
            known = self._types.known(restrict(pieces, mask))
            self._imported[question] = answers(known, mask, f"{module} cannot be followed")
        return self._imported[question]

    def member(self, cls: ClassAt, name: str, mask: Mask, *, instance: bool) -> tuple[Answer, ...]:
        """Return an attribute of the class, or of instances of exactly it, along its resolution order.

        `Missing` where every base is known and the class has the member on another release; else `Unclear`.
        """
        pieces = self._types.member(place_of(cls), name, instance=instance)
        return answers(self._types.known(restrict(pieces, mask)), mask, _NO_CLASS)

    def giving(self, cls: ClassAt, name: str, mask: Mask) -> tuple[Mask, Mask]:
        """Return the releases on which the class itself surely has an attribute, and on which it may."""
        surely, perhaps = self._classes.giving(place_of(cls), name)
        return surely & mask, perhaps & mask

    def mro(self, cls: ClassAt, mask: Mask) -> tuple[tuple[Mask, tuple[ClassAt | str, ...]], ...]:
        """Return the resolution orders with their releases; a string is a class outside vLLM."""
        orders = self._classes.bases.orders(place_of(cls))
        return tuple((held & mask, order) for held, order in orders if held & mask)

    def constructor(self, cls: ClassAt, mask: Mask) -> tuple[tuple[Mask, Signature | None], ...]:
        """Return what calling the class takes (`self` left out); None where it is not known."""
        known = self._constructing.constructor(place_of(cls))
        told = tuple((held & mask, signature) for held, signature in known if held & mask)
        left = mask & ~union(held for held, _ in told)
        return (*told, (left, None)) if left else told

    def signature(self, thing: FunctionAt) -> Signature | None:
        """Return what a call of the function takes; None where a decorator or overloads decide."""
        if thing.record.marks & (Mark.OPAQUE | Mark.OVERLOAD | Mark.PROPERTY):
            return None
        return thing.record.signature.bound() if thing.bound else thing.record.signature

    def unimplemented(self, cls: ClassAt, mask: Mask) -> tuple[tuple[Mask, frozenset[str]], ...]:
        """Return the abstract members a subclass must give before an instance of it can be made."""
        return _within(self._abstract.unimplemented(place_of(cls)), mask)

    def not_implemented(self, cls: ClassAt, mask: Mask) -> tuple[tuple[Mask, frozenset[str]], ...]:
        """Return the members that only raise NotImplementedError, abstract ones left out."""
        return _within(self._abstract.not_implemented(place_of(cls)), mask)

    def passed(
        self, cls: ClassAt, method: str, mask: Mask, refused_by: Signature | None = None
    ) -> tuple[PassedAt, ...]:
        """Return where vLLM calls `method` on what is known to be the class, a base or a subclass of it.

        With `refused_by` the calls alone that such a function does not take.
        """
        return self._calls.passed(place_of(cls), method, mask, refused_by)

    def called(self, cls: ClassAt, method: str, mask: Mask) -> Mask:
        """Return where vLLM is seen to call `method` on such an object, through other methods perhaps."""
        return self._calls.called(place_of(cls), method) & mask

    def homes(self, missing: Missing, before: Answer | None, mask: Mask) -> tuple[tuple[str, Mask], ...]:
        """Return where what is missing went, likeliest first, with the releases of `mask` that have it."""
        return self._moves.homes(missing, before, mask)

    def defines(self, name: str) -> Mask:
        """Return the releases with a module that defines a public `name`."""
        return union(mask for _, mask in self._names.index.homes(name))

    def is_subclass(self, cls: ClassAt, dotted: str, mask: Mask) -> Mask:
        """Return the releases of `mask` on which the class is, or derives from, what `dotted` names there."""
        derived = 0
        for held, line in self._classes.bases.lines(place_of(cls)):
            for piece in restrict(self._names.definition(dotted), held & mask):
                target = piece.thing.path if isinstance(piece.thing, ClassAt) else dotted
                if any(target == (base if isinstance(base, str) else base.path) for base in line):
                    derived |= piece.mask
        return derived


def _within(left_open: LeftOpen, mask: Mask) -> LeftOpen:
    return tuple((held & mask, names) for held, names in left_open if held & mask)
