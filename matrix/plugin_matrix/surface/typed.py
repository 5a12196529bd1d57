"""What values are: annotations, assignments, attributes, calls and elements, followed set-wise.

Where a value may be of several classes, or of one that is not vLLM's, nothing is said of it.
"""

import functools
import re

from plugin_matrix.model.access_path import CALL, ELEMENT, INSTANCE, AccessPath
from plugin_matrix.model.version_set import Mask
from plugin_matrix.surface.annotations import UNKNOWN, Annotations
from plugin_matrix.surface.answers import ClassAt, FunctionAt, InstanceOf, Missing, ModuleAt, Unclear, Value
from plugin_matrix.surface.bases import Place, place_of, union
from plugin_matrix.surface.classes import Classes
from plugin_matrix.surface.externals import external_class
from plugin_matrix.surface.names import Names
from plugin_matrix.surface.pieces import (
    Element,
    External,
    Inner,
    Many,
    Piece,
    Pieces,
    SomeClass,
    Variable,
    combined,
    covered,
    merged,
    restrict,
    then,
)
from plugin_matrix.surface.records import AttributeRecord, FunctionRecord, Mark
from plugin_matrix.surface.subclasses import Subclasses

_MAKES_VALUE = "of the value of"
_PATH = re.compile(r"(?P<root>\w+(?:\.\w+)*)(?P<steps>(?:\(\)|\[\]|@|\.\w+)*)\Z", re.ASCII)
STEP = re.compile(r"\(\)|\[\]|@|\.\w+")


class Types:
    """Follows access paths through values."""

    def __init__(self, names: Names, classes: Classes) -> None:
        self.names = names
        self.classes = classes
        self.memo = names.memo
        self.annotations = Annotations(names)
        self.subclasses = Subclasses(classes)

    # ------------------------------------------------------------ paths

    def path(self, path: AccessPath) -> Pieces:
        """Return what a path leads to, on all releases."""
        return self.memo.get(("path", path.root, path.steps), lambda: self._path(path), ())

    def _path(self, path: AccessPath) -> Pieces:
        if not path.steps:
            return self.root(path.root)
        before = AccessPath(path.root, path.steps[:-1])
        step = path.steps[-1]
        if step == INSTANCE and not before.steps:
            return then(self._for_annotation(path.root), self.instance)
        return then(self.path(before), functools.partial(self.step, step=step))

    def _for_annotation(self, root: str) -> Pieces:
        """Return what a name is to a type checker: where it is missing at run time it may stand for types."""

        def follow(piece: Piece) -> Pieces:
            module, _, name = root.rpartition(".")
            if not isinstance(piece.thing, Missing):
                return (piece,)
            typed = restrict(self.names.lookup(module, name, typing=True), piece.mask) if module else ()
            typed = tuple(told for told in typed if not isinstance(told.thing, Missing))
            left = piece.mask & ~covered(typed)
            # The import fails or stands under `TYPE_CHECKING`; the annotation itself does no harm.
            return (*typed, Piece(left, Unclear(f"{root} is not there")))

        return then(self.root(root), follow)

    def root(self, dotted: str) -> Pieces:
        """Return what a dotted name leads to, on all releases."""
        return self.memo.get(("root", dotted), lambda: self.names.path(dotted, self.root, self.attribute), ())

    def step(self, piece: Piece, step: str) -> Pieces:
        """Return what one step from a thing leads to."""
        if step == CALL:
            return self.call(piece)
        if step == ELEMENT:
            return self.element(piece)
        if step == INSTANCE:
            return self.instance(piece)
        return self.attribute(piece, step.removeprefix("."))

    def in_module(self, module: str, owner: str, text: str) -> Pieces:
        """Return what a path written in a module (`records.AttributeRecord.value`) leads to."""
        match = _PATH.match(text)
        if match is None:
            return ()
        steps = tuple(STEP.findall(match["steps"]))
        return self.memo.get(
            ("in module", module, owner, match["root"], steps),
            lambda: self._in_module(module, owner, match["root"], steps),
            (),
        )

    def _in_module(self, module: str, owner: str, root: str, steps: tuple[str, ...]) -> Pieces:
        if steps:
            before = self.in_module(module, owner, root + "".join(steps[:-1]))
            return then(before, functools.partial(self.step, step=steps[-1]))
        first, *rest = root.split(".")
        pieces = self.names.in_scope(module, owner, first, typing=True)
        if first == "vllm" and rest:
            # What a function imports for itself is told by its absolute path.
            unbound = union(piece.mask for piece in pieces if isinstance(piece.thing, Missing))
            absolute = restrict(self.root(root), unbound)
        else:
            absolute = ()
        pieces = restrict(pieces, ~union(piece.mask for piece in absolute))
        for name in rest:
            pieces = then(pieces, functools.partial(self.attribute, name=name))
        return (*pieces, *absolute)

    # ------------------------------------------------------------ steps

    def attribute(self, piece: Piece, name: str) -> Pieces:  # noqa: C901, PLR0911 - one return per kind
        """Return an attribute of a thing."""
        match piece.thing:
            case ModuleAt(name=module):
                return self.names.lookup(module, name)
            case External(path=path):
                return (Piece(piece.mask, External(f"{path}.{name}")),)
            case ClassAt() as cls:
                return self.member(place_of(cls), name, instance=False)
            case SomeClass(cls=cls):
                return self._of_any(cls, name, piece.mask, instance=False)
            case InstanceOf(cls=cls, exact=exact):
                if exact:
                    return self.member(place_of(cls), name, instance=True)
                return self._of_any(cls, name, piece.mask, instance=True)
            case Variable():
                return then(self.value(piece), functools.partial(self.attribute, name=name))
            case Element(thing=thing, other=other):
                if name in other:
                    return (Piece(piece.mask, Unclear(f"{name} of a slice, a key or an element")),)
                return self.attribute(Piece(piece.mask, thing), name)
            case Missing() | Unclear():
                return (piece,)
            case _:
                return (Piece(piece.mask, Unclear(f"{name} {_MAKES_VALUE} an unknown class")),)

    def member(self, place: Place, name: str, *, instance: bool) -> Pieces:
        """Return an attribute of a class or of an instance of exactly this class."""
        return self.memo.get(
            ("member", place, name, instance), lambda: self._member(place, name, instance=instance), ()
        )

    def _member(self, place: Place, name: str, *, instance: bool) -> Pieces:
        def follow(piece: Piece) -> Pieces:
            match piece.thing:
                case FunctionAt(record=FunctionRecord(marks=marks)) as method if marks & Mark.PROPERTY:
                    if marks & Mark.OPAQUE or not (instance or marks & Mark.CLASSMETHOD):
                        return (Piece(piece.mask, Value(Mark.PROPERTY), deprecated=piece.deprecated),)
                    return self._property(piece, method, place)
                case Variable(records=records) if not any(r.marks & Mark.INSTANCE for r in records):
                    # A member of an enumeration is an instance of it.
                    members = tuple(
                        Piece(mask, InstanceOf(form, exact=True), deprecated=piece.deprecated)
                        for mask, form in self.classes.bases.forms(place)
                        if name in form.record.fields and self._is_enum(place, mask)
                    )
                    rest = piece.mask & ~covered(members)
                    return (*members, Piece(rest, piece.thing, piece.conditional, piece.deprecated))
                case _:
                    return (piece,)

        return then(self.classes.find(place, name, instance=instance), follow)

    def _property(self, piece: Piece, method: FunctionAt, place: Place) -> Pieces:
        owner = method.qualname.rpartition(".")[0]
        told = self.annotations.annotated(method.module, owner, method.record.returns, receiver=place)
        return tuple(
            Piece(
                p.mask,
                Value(Mark.PROPERTY) if isinstance(p.thing, Value) else p.thing,
                deprecated=piece.deprecated,
            )
            for p in told
        )

    def _is_enum(self, place: Place, mask: Mask) -> bool:
        return any(
            isinstance(base, str) and (known := external_class(base)) is not None and known.makes == "enum"
            for held, line in self.classes.bases.lines(place)
            if held & mask
            for base in line
        )

    def _of_any(self, cls: ClassAt, name: str, mask: Mask, *, instance: bool) -> Pieces:
        """Return an attribute of what may be an instance of a subclass: missing only where none has it."""
        pieces = restrict(self.member(place_of(cls), name, instance=instance), mask)
        if not any(isinstance(piece.thing, Missing) for piece in pieces):
            return pieces
        given = self.subclasses.giving(place_of(cls), name)
        return then(
            pieces,
            lambda piece: (
                (piece,)
                if not isinstance(piece.thing, Missing)
                else (
                    Piece(piece.mask & given, Unclear(f"a subclass of {cls.path} has {name}")),
                    Piece(piece.mask & ~given, piece.thing),
                )
            ),
        )

    def call(self, piece: Piece) -> Pieces:  # noqa: PLR0911 - one return per kind
        """Return the result of a call."""
        match piece.thing:
            case ClassAt() as cls:
                other = self._may_make_other(place_of(cls))
                return (
                    Piece(piece.mask & other, InstanceOf(cls)),
                    Piece(piece.mask & ~other, InstanceOf(cls, exact=True)),
                )
            case SomeClass(cls=cls):
                return (Piece(piece.mask, InstanceOf(cls)),)
            case FunctionAt(module=module, qualname=qualname, record=record):
                if record.marks & (Mark.ASYNC | Mark.OPAQUE | Mark.OVERLOAD | Mark.PROPERTY):
                    return (Piece(piece.mask, Value()),)
                return _settled(
                    self.annotations.annotated(module, qualname.rpartition(".")[0], record.returns)
                )
            case InstanceOf():
                return then(self.attribute(piece, "__call__"), self.call)
            case Variable():
                return then(self.value(piece), self.call)
            case Element(thing=thing):
                return self.call(Piece(piece.mask, thing))
            case Missing() | Unclear():
                return (piece,)
            case _:
                return (Piece(piece.mask, Value()),)

    def _may_make_other(self, place: Place) -> Mask:
        """Return where the class's `__new__` or metaclass may make an instance of another class."""
        question = ("may make other", place)
        return self.memo.get(question, lambda: self._makes_other(place), self.names.axis.all)

    def _makes_other(self, place: Place) -> Mask:
        classes = self.classes
        others = 0
        for mask, line in classes.bases.lines(place):
            for base in line:
                if isinstance(base, Place):
                    others |= mask & union(held for held, _ in classes.member(base, "__new__"))
                    for held, form in classes.bases.forms(base):
                        if any("metaclass" in keyword for keyword in form.record.keywords):
                            others |= mask & held
        return others

    def element(self, piece: Piece) -> Pieces:  # noqa: PLR0911 - one return per kind
        """Return an element: by subscript or iteration."""
        match piece.thing:
            case Many(element=thing, other=other):
                return (Piece(piece.mask, Element(thing, other)),)
            case Variable():
                return then(self.value(piece), self.element)
            case Element(thing=thing):
                return self.element(Piece(piece.mask, thing))
            case InstanceOf():
                return then(self.attribute(piece, "__getitem__"), self.call)
            case ClassAt() as cls if self._is_enum(place_of(cls), piece.mask):
                return (Piece(piece.mask, InstanceOf(cls, exact=True)),)
            case ClassAt():
                return (piece,)  # `Base[T]`
            case Missing() | Unclear():
                return (piece,)
            case _:
                return (Piece(piece.mask, Value()),)

    def instance(self, piece: Piece) -> Pieces:
        """Return what is annotated with a thing."""
        match piece.thing:
            case ClassAt() as cls:
                return (Piece(piece.mask, InstanceOf(cls)),)
            case Missing(name=name):
                return (Piece(piece.mask, Unclear(f"{name} is not there")),)
            case Unclear():
                return (piece,)
            case _:
                return (Piece(piece.mask, Value()),)

    # ------------------------------------------------------------ values

    def known(self, pieces: Pieces) -> Pieces:
        """Return `pieces` with the values of variables where they can be told."""

        def follow(piece: Piece) -> Pieces:
            if not isinstance(piece.thing, Variable):
                return (piece,)
            told = (
                p
                for p in self.value(piece)
                if isinstance(p.thing, InstanceOf | ClassAt | FunctionAt | ModuleAt)
            )
            known = tuple(Piece(p.mask, p.thing, deprecated=piece.deprecated) for p in told)
            return (*known, Piece(piece.mask & ~covered(known), piece.thing, deprecated=piece.deprecated))

        return then(pieces, follow)

    def value(self, piece: Piece) -> Pieces:
        """Return what a name bound by assignment holds; `Value` where that cannot be told."""
        variable = piece.thing
        if not isinstance(variable, Variable):
            return (piece,)
        told = self.memo.get(("value", variable), lambda: self._value(variable), UNKNOWN)
        return restrict(told, piece.mask)

    def _value(self, variable: Variable) -> Pieces:
        records = [record for record in variable.records if record.value != "None" or record.annotation]
        if not records:
            return UNKNOWN
        held = [self._held(variable, record) for record in records]
        if len(held) == 1:
            return held[0]
        # Several assignments: what is said must hold for each.
        everywhere = self.names.axis.all
        known = everywhere
        for pieces in held:
            known &= covered(
                piece for piece in pieces if isinstance(piece.thing, InstanceOf | ClassAt | SomeClass)
            )
        same = [
            piece for piece in combined(held, known, conditional=False) if not isinstance(piece.thing, Value)
        ]
        return (*same, Piece(everywhere & ~covered(same), Value()))

    def _held(self, variable: Variable, record: AttributeRecord) -> Pieces:
        everywhere = self.names.axis.all
        if record.annotation and not record.annotation.endswith("TypeAlias"):
            return self.annotations.annotated(variable.module, variable.owner, record.annotation)
        told = _settled(self.known(self.in_module(variable.module, "", record.value))) if record.value else ()
        return (*told, Piece(everywhere & ~covered(told), Value()))


def _settled(pieces: Pieces) -> Pieces:
    """Return values as they are known to be: instances may be of subclasses, conditions are over."""
    settled = []
    for piece in pieces:
        match piece.thing:
            case InstanceOf(cls=cls):
                settled.append(Piece(piece.mask, InstanceOf(cls)))
            case Missing() | Unclear():
                settled.append(Piece(piece.mask, Value()))
            case thing:
                settled.append(Piece(piece.mask, thing))
    return merged(settled)


def _as_property(thing: Inner) -> Inner:
    return Value(Mark.PROPERTY) if isinstance(thing, Value) else thing
