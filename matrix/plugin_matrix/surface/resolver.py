"""The surface of every vLLM release as one thing to ask: what an access path leads to, on which releases."""

from collections.abc import Iterator

from plugin_matrix.model.access_path import AccessPath
from plugin_matrix.model.signature import Signature
from plugin_matrix.model.version_set import Mask, ReleaseAxis
from plugin_matrix.surface.answers import Answer, ClassAt, FunctionAt, Missing, PassedAt
from plugin_matrix.surface.asked import Index
from plugin_matrix.surface.calls import EngineCalls
from plugin_matrix.surface.classes import Classes, is_abc
from plugin_matrix.surface.constructors import Constructing
from plugin_matrix.surface.homes import Moves
from plugin_matrix.surface.names import Names
from plugin_matrix.surface.pieces import Piece, answers, covered, restrict
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
        self._constructing = Constructing(self._classes)
        self._calls = EngineCalls(self._types)
        self._moves = Moves(self._classes)
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
        if name is None or name == "*":
            pieces = self._names.module(module)
        else:
            pieces = self._names.from_import(module, name)
        return answers(self._types.known(restrict(pieces, mask)), mask, f"{module} cannot be followed")

    def member(self, cls: ClassAt, name: str, mask: Mask, *, instance: bool) -> tuple[Answer, ...]:
        """Return an attribute of the class, or of instances of exactly it, along its resolution order.

        `Missing` where every base is known and the class has the member on another release; else `Unclear`.
        """
        pieces: list[Piece] = []
        left = mask
        for form in self._forms_on(cls, mask):
            pieces += restrict(self._types.member(form, name, instance=instance), left)
            left &= ~covered(pieces)
        return answers(self._types.known(tuple(pieces)), mask, _NO_CLASS)

    def _forms_on(self, cls: ClassAt, mask: Mask) -> Iterator[ClassAt]:
        """Yield the forms of the class until all of `mask` is covered."""
        for form in self._forms_on(cls, mask):
            span = self._classes.span(form) & mask
            if span:
                yield form
                mask &= ~span

    def _forms(self, cls: ClassAt) -> tuple[ClassAt, ...]:
        """Return the class, then as its other records have it: what is asked may span releases."""
        return self._names.memo.get(
            ("forms", cls),
            lambda: tuple(
                dict.fromkeys(
                    (
                        cls,
                        *(
                            ClassAt(cls.module, cls.qualname, record)
                            for _, record in self._names.symbols(cls.module, cls.qualname)
                            if isinstance(record, type(cls.record))
                        ),
                    )
                )
            ),
            (cls,),
        )

    def mro(self, cls: ClassAt, mask: Mask) -> tuple[tuple[Mask, tuple[ClassAt | str, ...]], ...]:
        """Return the resolution orders with their releases; a string is a class outside vLLM."""
        found = []
        left = mask
        for form in self._forms_on(cls, mask):
            for held, order in self._classes.orders(form):
                if held & left:
                    found.append((held & left, order))
                    left &= ~held
        return tuple(found)

    def constructor(self, cls: ClassAt, mask: Mask) -> tuple[tuple[Mask, Signature | None], ...]:
        """Return what calling the class takes (`self` left out); None where it is not known."""
        found: dict[Signature | None, Mask] = {}
        left = mask
        for form in self._forms_on(cls, mask):
            for held, signature in self._constructing.constructor(form):
                if held & left:
                    found[signature] = found.get(signature, 0) | held & left
                    left &= ~held
        if left:
            found[None] = found.get(None, 0) | left
        return tuple((held, signature) for signature, held in found.items())

    def signature(self, thing: FunctionAt) -> Signature | None:
        """Return what a call of the function takes; None where a decorator or overloads decide."""
        if thing.record.marks & (Mark.OPAQUE | Mark.OVERLOAD | Mark.PROPERTY):
            return None
        return thing.record.signature.bound() if thing.bound else thing.record.signature

    def unimplemented(self, cls: ClassAt, mask: Mask) -> tuple[tuple[Mask, frozenset[str]], ...]:
        """Return the abstract members a subclass must give before an instance of it can be made."""
        return self._left_open(cls, Mark.ABSTRACT, mask)

    def not_implemented(self, cls: ClassAt, mask: Mask) -> tuple[tuple[Mask, frozenset[str]], ...]:
        """Return the members that only raise NotImplementedError, abstract ones left out."""
        return tuple(
            (held & other, raising - abstract)
            for held, raising in self._left_open(cls, Mark.NOT_IMPLEMENTED, mask)
            for other, abstract in self._left_open(cls, Mark.ABSTRACT, mask)
            if held & other
        )

    def _left_open(self, cls: ClassAt, mark: Mark, mask: Mask) -> tuple[tuple[Mask, frozenset[str]], ...]:
        found: dict[frozenset[str], Mask] = {}
        left = mask
        for form in self._forms_on(cls, mask):
            for held, names in self._open_in(form, mark):
                if held & left:
                    found[names] = found.get(names, 0) | held & left
            left &= ~self._classes.span(form)
        return tuple((held, names) for names, held in found.items())

    def _open_in(self, cls: ClassAt, mark: Mark) -> tuple[tuple[Mask, frozenset[str]], ...]:
        counts = is_abc if mark is Mark.ABSTRACT else (lambda _order: True)
        return self._names.memo.get(
            ("open", cls, mark), lambda: tuple(self._classes.left_open(cls, mark, counts=counts)), ()
        )

    def passed(self, cls: ClassAt, method: str, mask: Mask) -> tuple[PassedAt, ...]:
        """Return where vLLM calls `method` on what is known to be the class, a base or a subclass of it."""
        found: dict[tuple[str, str, int, object], PassedAt] = {}
        left = mask
        for form in self._forms_on(cls, mask):
            span = self._classes.span(form) & left
            left &= ~span
            for call in self._calls.passed(form, method, span) if span else ():
                key = (call.module, call.scope, call.line, call.shape)
                held = found[key].mask if key in found else 0
                found[key] = PassedAt(held | call.mask, call.module, call.scope, call.line, call.shape)
        return tuple(found.values())

    def homes(self, missing: Missing, before: Answer | None, mask: Mask) -> tuple[tuple[str, Mask], ...]:
        """Return where what is missing went, likeliest first, with the releases of `mask` that have it."""
        return self._moves.homes(missing, before, mask)

    def is_subclass(self, cls: ClassAt, dotted: str, mask: Mask) -> Mask:
        """Return the releases of `mask` on which the class is, or derives from, what `dotted` names there."""
        derived = 0
        for held, order in self.mro(cls, mask):
            for piece in restrict(self._names.definition(dotted), held):
                target = piece.thing.path if isinstance(piece.thing, ClassAt) else dotted
                if any(base == target if isinstance(base, str) else base.path == target for base in order):
                    derived |= piece.mask
        return derived
