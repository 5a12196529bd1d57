"""The places where vLLM itself calls a method: what an override of it is passed."""

import functools

from plugin_matrix.model.signature import Signature, unbindable
from plugin_matrix.model.version_set import Mask
from plugin_matrix.surface.answers import FunctionAt, InstanceOf, PassedAt
from plugin_matrix.surface.bases import Place, place_of, union
from plugin_matrix.surface.names import effective
from plugin_matrix.surface.pieces import (
    Element,
    Inner,
    Pieces,
    SomeClass,
    covered,
    groups,
    restrict,
    then,
)
from plugin_matrix.surface.records import EngineCall, FunctionRecord, Mark
from plugin_matrix.surface.store import EngineCallAt
from plugin_matrix.surface.typed import STEP, Types


class EngineCalls:
    """Call sites of vLLM with the classes of their receivers."""

    def __init__(self, types: Types) -> None:
        self.types = types
        self.names = types.names
        self.memo = types.memo

    def passed(
        self, place: Place, method: str, mask: Mask, refused_by: Signature | None = None
    ) -> tuple[PassedAt, ...]:
        """Return the calls of `method` on what is known to be the class, a base or a subclass of it.

        Also the calls that methods of the class make of one another. With `refused_by` those alone that
        such a function does not take.
        """
        found: list[PassedAt] = []
        for site in self.names.index.calls(method):
            held = site.mask & mask
            if held and refused_by is not None and unbindable(refused_by, site.call.shape) is None:
                continue
            if held:
                held = self._taken(place, site, held)
            by = site.call.scope.rpartition(".")[2] if site.call.on_itself else ""
            if held and by:
                held &= self._runs(place, site, by)
            elif held:
                held = self._related(place, self._receiver(site), held)
            if held:
                call = site.call
                found.append(PassedAt(held, site.module, call.scope, call.line, call.shape, by))
        return tuple(found)

    def called(self, place: Place, method: str) -> Mask:
        """Return where vLLM is seen to call a method of the class from outside, by way of others perhaps."""
        if method == "__init__":
            return self.names.axis.all
        return self.memo.get(("called", place, method), lambda: self._called(place, method), 0)

    def _called(self, place: Place, method: str) -> Mask:
        calls = self.passed(place, method, self.names.axis.all)
        outside = union(call.mask for call in calls if not call.by)
        return outside | union(call.mask & self.called(place, call.by) for call in calls if call.by)

    def _runs(self, place: Place, site: EngineCallAt, method: str) -> Mask:
        """Return where `method` of an object of the class is the one in which the call stands."""
        question = ("runs", place, site.module, site.call.scope)
        path = f"{site.module}.{site.call.scope}"

        def standing() -> Mask:
            return union(
                piece.mask
                for piece in self.types.member(place, method, instance=True)
                if isinstance(piece.thing, FunctionAt) and piece.thing.path == path
            )

        return self.memo.get(question, standing, 0)

    def _taken(self, place: Place, site: EngineCallAt, mask: Mask) -> Mask:
        """Return where the class's own method takes the call.

        Where it does not, the call is meant for another class that shares the base its receiver is known by.
        """
        question = ("refused", place, site.call.method, site.call.shape)
        return mask & ~self.memo.get(question, lambda: self._refused(place, site.call), 0)

    def _refused(self, place: Place, call: EngineCall) -> Mask:
        refused = 0
        for piece in self.types.member(place, call.method, instance=True):
            if isinstance(piece.thing, FunctionAt) and not piece.thing.record.marks & Mark.OPAQUE:
                signature = piece.thing.record.signature
                if unbindable(signature.bound() if piece.thing.bound else signature, call.shape):
                    refused |= piece.mask
        return refused

    def _related(self, place: Place, receiver: Pieces, mask: Mask) -> Mask:
        related = 0
        for piece in restrict(receiver, mask):
            known = _class_of(piece.thing)
            if known is not None:
                related |= piece.mask & (self._derives(place, known) | self._derives(known, place))
        return related

    def _derives(self, place: Place, base: Place) -> Mask:
        return union(held for held, line in self.types.classes.bases.lines(place) if base in line)

    def _receiver(self, site: EngineCallAt) -> Pieces:
        """Return the object whose method is called, in the terms of the function the call stands in."""
        question = ("receiver", site.module, site.call.scope, site.call.receiver)
        return self.memo.get(
            question, lambda: self._typed(site.module, site.call.scope, site.call.receiver), ()
        )

    def _typed(self, module: str, scope: str, receiver: str) -> Pieces:
        root = _root(receiver)
        first, dot, attributes = root.partition(".")
        owner = scope.rpartition(".")[0]
        given: Pieces = ()
        for part, records in (
            groups(self.names.symbols(module, scope), self.names.offered(module)) if scope else ()
        ):
            for record in effective(records, typing=False):
                if isinstance(record, FunctionRecord):
                    given = (*given, *restrict(self._parameter(module, owner, record, first), part))
        named = restrict(self.types.in_module(module, "", root), self.names.axis.all & ~covered(given))
        pieces = (*self._followed(given, f"{dot}{attributes}"), *named)
        return self.types.known(self._followed(pieces, receiver[len(root) :]))

    def _followed(self, pieces: Pieces, steps: str) -> Pieces:
        for step in STEP.findall(steps):
            pieces = then(pieces, functools.partial(self.types.step, step=step))
        return pieces

    def _parameter(self, module: str, owner: str, record: FunctionRecord, name: str) -> Pieces:
        """Return what a parameter of the function is; nothing where it has none of that name."""
        parameters = record.signature.parameters
        for position, parameter in enumerate(parameters):
            if parameter.name == name:
                if position == 0 and owner and not parameter.annotation:
                    return self.types.in_module(module, "", f"{owner}@")
                return self.types.annotations.annotated(module, owner, parameter.annotation)
        return ()


def _class_of(thing: Inner) -> Place | None:
    """Return the class that a receiver is of; None of a class's name: `Base.m(x)` runs no override."""
    match thing:
        case InstanceOf(cls=cls) | SomeClass(cls=cls):
            return place_of(cls)
        case Element(thing=element):
            return _class_of(element)
        case _:
            return None


def _root(path: str) -> str:
    for position, character in enumerate(path):
        if character in "([@":
            return path[:position]
    return path
