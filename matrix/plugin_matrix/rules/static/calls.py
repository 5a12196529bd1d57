"""PM301 and PM302: calls of vLLM's functions and classes that do not bind."""

from collections.abc import Iterator

import msgspec

from plugin_matrix.model.access_path import AccessPath
from plugin_matrix.model.signature import Shape, Signature, unbindable
from plugin_matrix.model.version_set import Mask
from plugin_matrix.model.witness import BindCall
from plugin_matrix.plugins.uses.records import Call, SourceUses
from plugin_matrix.rules.static.asking import Surface
from plugin_matrix.rules.static.attributes import members_of_subclasses
from plugin_matrix.rules.static.imports import Imports
from plugin_matrix.rules.static.trouble import Raised, Trouble
from plugin_matrix.surface.answers import Answer, ClassAt, FunctionAt


class Taken(msgspec.Struct, frozen=True):
    """What can be called, on the releases of `mask`."""

    mask: Mask
    rule: str
    path: str
    signature: Signature
    bound: bool = False
    """Called through an instance."""


class Misfit(msgspec.Struct, frozen=True):
    """Releases on which a call does not bind, and why."""

    mask: Mask
    rule: str
    path: str
    reason: str
    before: str
    after: str
    at: str
    """Where what is called is defined there; `path` is where that is on a release on which it binds."""
    bound: bool

    def program(self, shape: Shape) -> BindCall:
        """Return the program that makes the call."""
        return BindCall(tuple(dict.fromkeys((self.at, self.path))), shape, self.bound)


def takes(surface: Surface, answers: tuple[Answer, ...]) -> Iterator[Taken]:
    """Yield what calls of the things answered must look like, where that is known with certainty."""
    for answer in answers:
        if answer.conditional:
            continue
        match answer.thing:
            case FunctionAt() as function:
                signature = surface.signature(function)
                if signature is not None:
                    yield Taken(answer.mask, "PM301", function.path, signature, function.bound)
            case ClassAt() as cls:
                for mask, constructor in surface.constructor(cls, answer.mask):
                    if constructor is not None:
                        yield Taken(mask, "PM302", cls.path, constructor)
            case _:
                pass


def misfits(taken: tuple[Taken, ...], shape: Shape) -> tuple[Misfit, ...]:
    """Return where a call of `shape` does not bind; nothing when it binds nowhere at all.

    A call that fits no release was hardly written for one: then its object is not what we take it for.
    """
    reasons = [unbindable(one.signature, shape) for one in taken]
    fitting = [one for one, reason in zip(taken, reasons, strict=True) if reason is None]
    if not fitting or len(fitting) == len(taken):
        return ()
    best = max(fitting, key=lambda one: one.mask.bit_length())
    return tuple(
        Misfit(
            mask=one.mask,
            rule=one.rule,
            path=best.path,
            reason=reason,
            before=best.signature.text(),
            after=one.signature.text(),
            at=one.path,
            bound=one.bound,
        )
        for one, reason in zip(taken, reasons, strict=True)
        if reason is not None
    )


class Calls:
    """Judges calls; memoizes, because a plugin makes the same call in many places."""

    def __init__(self, uses: SourceUses, surface: Surface, mask: Mask, imports: Imports) -> None:
        self._uses = uses
        self._surface = surface
        self._mask = mask
        self._imports = imports
        self._members = members_of_subclasses(uses)
        self._taken: dict[AccessPath, tuple[Taken, ...]] = {}
        self._misfits: dict[tuple[AccessPath, Shape], tuple[Misfit, ...]] = {}
        self._tried: dict[tuple[str, AccessPath], Mask] = {}
        for use in uses.uses:
            if isinstance(use, Call) and "TypeError" in use.caught:
                key = (use.unit, use.path)
                fails = 0
                for one in self._find(use.path, use.shape):
                    fails |= one.mask
                self._tried[key] = self._tried.get(key, -1) & fails

    def troubles(self) -> Iterator[Trouble]:
        """Yield the calls that do not bind."""
        for use in self._uses.uses:
            if not isinstance(use, Call) or use.path.root.split(".", 1)[0] != "vllm":
                continue
            if use.path.steps and use.path.steps[-1].lstrip(".") in self._members:
                continue
            found = self._find(use.path, use.shape)
            if not found:
                continue
            total = self._imports.failing(use.path.root, use.place.file)
            for one in found:
                total |= one.mask
            # What follows a form in a try is reached where that one fails.
            asked = self._mask & self._tried.get((use.unit, use.path), -1)
            for one in found:
                if one.mask & asked:
                    yield Trouble(
                        rule=one.rule,
                        subject=one.path if use.path.steps else use.path.root,
                        node=use.node,
                        place=use.place,
                        guard=use.guard,
                        mask=one.mask & asked,
                        raised=Raised.TYPE,
                        caught=use.caught,
                        fallback=use.fallback,
                        symbol=f"{use.path.text()}{use.shape.text()}",
                        detail=one.reason,
                        also=total,
                        before=one.before,
                        after=one.after,
                        program=BindCall((use.path.root,), use.shape)
                        if not use.path.steps
                        else one.program(use.shape),
                    )

    def _find(self, path: AccessPath, shape: Shape) -> tuple[Misfit, ...]:
        key = (path, shape)
        found = self._misfits.get(key)
        if found is None:
            taken = self._taken.get(path)
            if taken is None:
                answers = self._surface.resolve(path, self._surface.axis.all)
                taken = self._taken[path] = tuple(takes(self._surface, answers))
            found = self._misfits[key] = misfits(taken, shape)
        return found
