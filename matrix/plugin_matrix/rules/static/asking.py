"""What the rules ask of the surface, and questions they share."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from plugin_matrix.model.access_path import AccessPath
from plugin_matrix.model.signature import Signature
from plugin_matrix.model.version_set import Mask, ReleaseAxis
from plugin_matrix.surface.answers import (
    Answer,
    ClassAt,
    FunctionAt,
    InstanceOf,
    Missing,
    ModuleAt,
    PassedAt,
    Unclear,
)


class Surface(Protocol):
    """The part of `plugin_matrix.surface.resolver.Surface` that rules need."""

    axis: ReleaseAxis

    def resolve(self, path: AccessPath, mask: Mask) -> tuple[Answer, ...]:
        """Return what `path` leads to; disjoint answers that cover `mask`."""

    def importable(self, module: str, name: str | None, mask: Mask) -> tuple[Answer, ...]:
        """Return what an import statement would bind."""

    def member(self, cls: ClassAt, name: str, mask: Mask, *, instance: bool) -> tuple[Answer, ...]:
        """Return what `name` is along the method resolution order of `cls`."""

    def giving(self, cls: ClassAt, name: str, mask: Mask) -> tuple[Mask, Mask]:
        """Return the releases on which the class itself surely has an attribute, and on which it may."""

    def constructor(self, cls: ClassAt, mask: Mask) -> tuple[tuple[Mask, Signature | None], ...]:
        """Return what calling `cls` takes; None where it is not known."""

    def signature(self, thing: FunctionAt) -> Signature | None:
        """Return what calling `thing` takes; None where it is not known."""

    def unimplemented(self, cls: ClassAt, mask: Mask) -> tuple[tuple[Mask, frozenset[str]], ...]:
        """Return the abstract members that keep a subclass from being instantiated."""

    def not_implemented(self, cls: ClassAt, mask: Mask) -> tuple[tuple[Mask, frozenset[str]], ...]:
        """Return the members whose body does nothing but raise NotImplementedError."""

    def passed(
        self, cls: ClassAt, method: str, mask: Mask, refused_by: Signature | None = None
    ) -> tuple[PassedAt, ...]:
        """Return the calls vLLM itself makes of a method of `cls`; with `refused_by` those it refuses."""

    def called(self, cls: ClassAt, method: str, mask: Mask) -> Mask:
        """Return where vLLM is seen to call `method` on such an object."""

    def homes(self, missing: Missing, before: Answer | None, mask: Mask) -> tuple[tuple[str, Mask], ...]:
        """Return where the same thing is on releases that lack it at its old place."""

    def defines(self, name: str) -> Mask:
        """Return the releases with a module that defines a public `name`."""


def known(answers: Iterable[Answer]) -> Iterator[Answer]:
    """Yield the answers that tell of something that is there."""
    return (answer for answer in answers if not isinstance(answer.thing, Missing | Unclear))


def lacking(answers: Iterable[Answer]) -> Iterator[tuple[Mask, Missing]]:
    """Yield where the answers tell with certainty of something that is not there."""
    for answer in answers:
        if isinstance(answer.thing, Missing) and not answer.conditional:
            yield answer.mask, answer.thing


def newest(answers: Iterable[Answer]) -> Answer | None:
    """Return the answer that holds on the newest release."""
    return max(answers, key=lambda answer: answer.mask.bit_length(), default=None)


def definition(answer: Answer) -> str | None:
    """Return the dotted path at which what is answered is defined; None for values."""
    match answer.thing:
        case ModuleAt(name=name):
            return name
        case ClassAt() | FunctionAt() as thing:
            return thing.path
        case InstanceOf(cls=cls):
            return cls.path
        case _:
            return None


def prefixes(dotted: str) -> Iterator[str]:
    """Yield the dotted prefixes of a path, shortest first, itself last."""
    end = dotted.find(".")
    while end >= 0:
        yield dotted[:end]
        end = dotted.find(".", end + 1)
    yield dotted


def under(dotted: str, parent: str) -> bool:
    """Tell whether the dotted path is `parent` or lies below it."""
    return dotted == parent or dotted.startswith(f"{parent}.")
