"""Answers as sets of releases: the algebra by which everything in the resolver is followed set-wise.

Beside the things of `answers` there are four that only the resolver sees, because they tell how to go on.
"""

from collections.abc import Callable, Iterable, Iterator

import msgspec

from plugin_matrix.model.version_set import Mask
from plugin_matrix.surface.answers import (
    Answer,
    ClassAt,
    FunctionAt,
    Missing,
    ModuleAt,
    Thing,
    Unclear,
    Value,
)
from plugin_matrix.surface.records import AttributeRecord, Mark, Record
from plugin_matrix.surface.symbols import Variants


class External(msgspec.Struct, frozen=True, gc=False):
    """A name of another package, with its dotted path there: `torch.nn.Module`, `builtins.Exception`."""

    path: str


class Variable(msgspec.Struct, frozen=True, gc=False, cache_hash=True):
    """A name bound by assignment; what it holds is told from its annotations and values."""

    module: str
    owner: str
    """Qualified name of the class whose body or methods bind it; empty for a module's variable."""
    name: str
    records: tuple[AttributeRecord, ...]


class SomeClass(msgspec.Struct, frozen=True, gc=False):
    """The value of `type[X]`: `cls` or any subclass."""

    cls: ClassAt


class Many(msgspec.Struct, frozen=True, gc=False):
    """A container whose elements are `element`."""

    element: "Inner"
    other: frozenset[str] = frozenset()
    """Attributes that a subscript may have beside the element's: of a slice, of a mapping's key."""


class Element(msgspec.Struct, frozen=True, gc=False):
    """An element of a container, or for the attributes in `other` perhaps something else."""

    thing: "Inner"
    other: frozenset[str]


Inner = Thing | External | Variable | SomeClass | Many | Element


class Piece(msgspec.Struct, frozen=True, gc=False):
    """An `Answer` on the way to it."""

    mask: Mask
    thing: Inner
    conditional: bool = False
    deprecated: bool = False


Pieces = tuple[Piece, ...]


def restrict(pieces: Iterable[Piece], mask: Mask) -> Pieces:
    """Return the part of `pieces` on `mask`."""
    parts: list[Piece] = []
    for piece in pieces:
        whole = piece.mask
        held = whole & mask
        if held == whole:
            if held:
                parts.append(piece)
        elif held:
            parts.append(Piece(held, piece.thing, piece.conditional, piece.deprecated))
    return tuple(parts)


def merged(pieces: Iterable[Piece]) -> Pieces:
    """Return `pieces` with those that say the same in one, ordered by their first release."""
    given = tuple(pieces)
    if len(given) < 2:  # noqa: PLR2004 - most often there is but one
        return given if given and given[0].mask else ()
    if len(given) == 2 and given[0].thing is not given[1].thing and given[0].thing != given[1].thing:  # noqa: PLR2004
        first, second = given
        if first.mask and second.mask:
            return given if _first(first) < _first(second) else (second, first)
    masks: dict[tuple[Inner, bool, bool], Mask] = {}
    for piece in given:
        key = (piece.thing, piece.conditional, piece.deprecated)
        masks[key] = masks.get(key, 0) | piece.mask
    found = [Piece(mask, *key) for key, mask in masks.items() if mask]
    if len(found) > 1:
        found.sort(key=_first)
    return tuple(found)


def _first(piece: Piece) -> Mask:
    return piece.mask & -piece.mask


def covered(pieces: Iterable[Piece]) -> Mask:
    """Return the releases on which `pieces` say something."""
    mask = 0
    for piece in pieces:
        mask |= piece.mask
    return mask


def then(pieces: Iterable[Piece], follow: Callable[[Piece], Pieces]) -> Pieces:
    """Return `follow` of every piece on that piece's releases; conditions met on the way stay."""
    found: list[Piece] = []
    for piece in pieces:
        mask, conditional = piece.mask, piece.conditional
        for step in follow(piece):
            held = step.mask & mask
            if held == step.mask and (step.conditional or not conditional):
                found.append(step)
            elif held:
                found.append(Piece(held, step.thing, step.conditional or conditional, step.deprecated))
    return merged(found)


def groups(variants: Variants, mask: Mask) -> Iterator[tuple[Mask, tuple[Record, ...]]]:
    """Yield the parts of `mask` on which the same records hold, with them; none where nothing does."""
    if len(variants) == 1:
        held, record = variants[0]
        return iter(((mask & held, (record,)),) if mask & held else ())
    parts: list[tuple[Mask, tuple[Record, ...]]] = [(mask, ())]
    for held, record in variants:
        split = []
        for part, records in parts:
            if part & held:
                split.append((part & held, (*records, record)))
            if part & ~held:
                split.append((part & ~held, records))
        parts = split
    return ((part, records) for part, records in parts if records)


def outward(thing: Inner) -> Thing:
    """Return what those who ask from outside are told."""
    match thing:
        case Element(thing=inner):
            return outward(inner)
        case Variable(records=records):
            marks = Mark(0)
            for record in records:
                marks |= record.marks
            return Value(marks & (Mark.HAS_VALUE | Mark.CLASS_VAR | Mark.PROPERTY))
        case External() | Many() | SomeClass():
            return Value()
        case _:
            return thing


def answers(pieces: Iterable[Piece], mask: Mask, reason: str) -> tuple[Answer, ...]:
    """Return `pieces` on `mask` for those outside; where they say nothing it is unclear for `reason`."""
    chosen = restrict(pieces, mask)
    left = mask & ~covered(chosen)
    told = [Piece(piece.mask, outward(piece.thing), piece.conditional, piece.deprecated) for piece in chosen]
    if left:
        told.append(Piece(left, Unclear(reason)))
    return tuple(
        Answer(piece.mask, piece.thing, piece.conditional, piece.deprecated)  # type: ignore[arg-type] # outward above
        for piece in merged(told)
    )


def preferred(alternatives: list[Piece], mask: Mask, *, conditional: bool) -> Piece:
    """Return what a name is that several branches of a condition bind, on releases where each says one thing.

    The branch that leads to a definition counts. Where two lead to different ones, or one leads out of
    vLLM, no more is known than that the name exists.
    """
    if len(alternatives) == 1:
        only = alternatives[0]
        if isinstance(only.thing, Missing):
            return Piece(mask, only.thing)
        return Piece(mask, only.thing, conditional, only.deprecated)
    there = [piece for piece in alternatives if not isinstance(piece.thing, Missing)]
    if not there:
        return Piece(mask, alternatives[0].thing)
    told = [piece for piece in there if not _is_none(piece.thing)] or there
    things = list(dict.fromkeys(piece.thing for piece in told))
    thing = things[0] if len(things) == 1 else _any_of(things)
    deprecated = any(piece.deprecated for piece in told if piece.thing == thing)
    return Piece(mask, thing, conditional, deprecated)


def _is_none(thing: Inner) -> bool:
    return isinstance(thing, Variable) and all(
        record.value == "None" and not record.annotation for record in thing.records
    )


def _any_of(things: list[Inner]) -> Inner:
    """Return what is known of something that is one of `things`, which are not the same."""
    if any(isinstance(thing, External | Value) for thing in things):
        return Value()
    definite = [thing for thing in things if isinstance(thing, ModuleAt | ClassAt | FunctionAt)]
    if len(definite) == 1:
        return definite[0]
    variables = [thing for thing in things if isinstance(thing, Variable)]
    if variables and not definite:
        return _one_variable(variables)
    functions = [thing for thing in definite if isinstance(thing, FunctionAt)]
    if functions and len(functions) == len(definite) and _alike(functions):
        return functions[-1]
    return Value() if definite else things[0]


def _one_variable(variables: list[Variable]) -> Variable:
    first = variables[0]
    records = dict.fromkeys(record for variable in variables for record in variable.records)
    return Variable(first.module, first.owner, first.name, tuple(records))


def _alike(functions: list[FunctionAt]) -> bool:
    return len({(function.record.signature, function.bound) for function in functions}) == 1


def combined(alternatives: Iterable[Pieces], mask: Mask, *, conditional: bool) -> Pieces:
    """Return what a name is on `mask` that each of `alternatives` may bind there, see `preferred`."""
    parts: list[tuple[Mask, list[Piece]]] = [(mask, [])]
    for pieces in alternatives:
        split: list[tuple[Mask, list[Piece]]] = []
        for part, found in parts:
            left = part
            for piece in pieces:
                if left & piece.mask:
                    split.append((left & piece.mask, [*found, piece]))
                    left &= ~piece.mask
            if left:
                split.append((left, found))
        parts = split
    return merged(preferred(found, part, conditional=conditional) for part, found in parts if found)
