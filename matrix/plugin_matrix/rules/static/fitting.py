"""Whether a function of the plugin takes what vLLM passes to the one it stands in for."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from plugin_matrix.model.signature import Kind, Shape, Signature, unbindable
from plugin_matrix.model.version_set import Mask
from plugin_matrix.model.witness import TakeCall
from plugin_matrix.rules.static.asking import Surface
from plugin_matrix.surface.answers import ClassAt, PassedAt

_THROUGH_CALL = "forward"
"""Method that torch calls for whoever calls the module: its callers are not seen, nor what they leave out."""


class Theirs(msgspec.Struct, frozen=True):
    """What vLLM's own function takes on the releases of `mask`, seen as it is called."""

    mask: Mask
    signature: Signature


class Passed(msgspec.Struct, frozen=True):
    """A call that vLLM makes on the releases of `mask`."""

    mask: Mask
    shape: Shape
    module: str
    doubtful: bool = False
    """It may never be made."""


def by_itself(surface: Surface, cls: ClassAt, call: PassedAt, mine: Signature) -> Iterator[Passed]:
    """Yield a call that a method of `cls` makes of its own object: doubtful where none runs that method."""
    fails = unbindable(mine, call.shape) is not None
    certain = surface.called(cls, call.by, call.mask) if fails else 0
    yield Passed(certain, call.shape, call.module)
    yield Passed(call.mask & ~certain, call.shape, call.module, doubtful=True)


class Failure(msgspec.Struct, frozen=True):
    """Releases on which the plugin's function does not take a call, and why."""

    mask: Mask
    reason: str
    taken: str
    """What vLLM's own function takes there."""
    call: Passed | None = None
    """The call; None where it is what vLLM's own demands of every caller."""

    def program(self, paths: tuple[str, ...], mine: Signature, *, bound: bool) -> TakeCall:
        """Return the program that makes the call to `mine` in place of what is at `paths`."""
        if self.call is None:
            return TakeCall(paths, mine, bound=bound)
        return TakeCall(paths, mine, bound=bound, shape=self.call.shape, caller=self.call.module)


class Fit(msgspec.Struct, frozen=True):
    """How a function of the plugin does in place of vLLM's."""

    calls: tuple[Failure, ...] = ()
    """Calls in vLLM's source that it does not take."""
    doubtful: tuple[Failure, ...] = ()
    """Such calls that are perhaps to another class: it takes other ones, or demands what vLLM's lacks.

    Also releases without a known call, on which it demands what callers need not pass.
    """
    demands: tuple[Failure, ...] = ()
    """Releases without a known call, on which it takes nothing that vLLM's own takes."""

    @property
    def mask(self) -> Mask:
        """Releases on which it fails, or may."""
        return self.sure | _joined(self.doubtful)

    @property
    def sure(self) -> Mask:
        """Releases on which it fails without a doubt about whom a call is to."""
        return _joined((*self.calls, *self.demands))


def covers(mine: Signature, theirs: Signature) -> bool:
    """Tell whether `mine` takes whatever `theirs` does; False also where that takes longer to tell."""
    ours = {p.name: p for p in mine.parameters}
    kinds = {p.kind for p in mine.parameters}
    for position, wanted in enumerate(theirs.parameters):
        if wanted.kind in {Kind.VAR_POSITIONAL, Kind.VAR_KEYWORD}:
            if wanted.kind not in kinds:
                return False
            continue
        ours_here = ours.pop(wanted.name, None)
        if ours_here is None or (wanted.has_default and not ours_here.has_default):
            return False
        in_place = mine.parameters[position].name == wanted.name if position < len(mine.parameters) else False
        by_both = ours_here.kind is Kind.POSITIONAL_OR_KEYWORD and in_place
        if not by_both and not (ours_here.kind is wanted.kind is Kind.KEYWORD_ONLY):
            return False
    return all(p.has_default or p.kind in {Kind.VAR_POSITIONAL, Kind.VAR_KEYWORD} for p in ours.values())


def fit(
    mine: Signature,
    name: str,
    theirs: Sequence[Theirs],
    calls: Sequence[Passed],
    *,
    fitting: Mask = 0,
    replaces: bool = False,
    ever: frozenset[str] = frozenset(),
) -> Fit:
    """Hold `mine` against the calls of `theirs`; both are bound where they are called through an object.

    A call that vLLM's own function does not take belongs to another function. What fits no release at
    all was not written for what we hold it against, and fails nowhere; `fitting` are releases besides
    those of `theirs` on which it fits. A function that `replaces` vLLM's has all callers of that one,
    whatever parameters it has; an override may have callers of its own. That it demands
    a parameter in `ever`, which vLLM's own takes on some release, is no sign of that.
    """
    failures, taken = _called(mine, name, theirs, [call for call in calls if not call.doubtful])
    perhaps, perhaps_taken = _called(mine, name, theirs, [call for call in calls if call.doubtful])
    failing = 0
    for failure in failures:
        failing |= failure.mask
    called = taken | failing | perhaps_taken
    fitting |= called & ~failing
    demands: list[Failure] = []
    optional: list[Failure] = []
    for one in theirs:
        reason = unbindable(mine, demanded(one.signature))
        if reason is None or unbindable(mine, _by_name(one.signature)) is None:
            fitting |= one.mask & ~failing
        elif one.mask & ~called and (replaces or not _has_its_own(mine, one.signature, ever)):
            failure = Failure(one.mask & ~called, reason, one.signature.text())
            if not _may_take(mine, one.signature):
                demands.append(failure)
            elif name != _THROUGH_CALL and not _takes_anything(one.signature):
                optional.append(failure)
        if not replaces and _has_its_own(mine, one.signature, ever):
            taken |= one.mask
    if not fitting:
        return Fit()
    doubtful = (*_restricted(failures, taken), *optional, *_restricted(perhaps, ~failing))
    return Fit(tuple(_restricted(failures, ~taken)), doubtful, tuple(demands))


def demanding(mine: Signature, theirs: Iterable[Theirs]) -> bool:
    """Tell whether `mine` takes on some release no call that has but what vLLM's own demands.

    Where it takes one everywhere, the calls that it takes are of no account: those that it does not are.
    """
    return any(
        unbindable(mine, demanded(one.signature)) is not None
        and unbindable(mine, _by_name(one.signature)) is not None
        for one in theirs
    )


def _called(
    mine: Signature, name: str, theirs: Sequence[Theirs], calls: Sequence[Passed]
) -> tuple[list[Failure], Mask]:
    """Return the calls that `mine` does not take, and where there are calls that it takes."""
    failures: list[Failure] = []
    taken = 0
    for call in calls:
        for one in theirs:
            mask = call.mask & one.mask
            if not mask or unbindable(one.signature, call.shape) is not None:
                continue
            reason = unbindable(mine, call.shape)
            if reason is None:
                taken |= mask
            else:
                why = f"{reason}; {call.module} calls {name}{call.shape.text()}"
                failures.append(Failure(mask, why, one.signature.text(), call))
    return failures, taken


def _joined(failures: Iterable[Failure]) -> Mask:
    mask = 0
    for one in failures:
        mask |= one.mask
    return mask


def _restricted(failures: Iterable[Failure], mask: Mask) -> Iterator[Failure]:
    for one in failures:
        if one.mask & mask:
            yield Failure(one.mask & mask, one.reason, one.taken, one.call)


def _has_its_own(mine: Signature, theirs: Signature, ever: frozenset[str]) -> bool:
    """Tell whether `mine` demands parameters that `theirs` does not know: it speaks another protocol."""
    names = {p.name for p in theirs.parameters}
    if any(p.kind <= Kind.POSITIONAL_OR_KEYWORD for p in theirs.parameters):
        names |= ever  # else a protocol that speaks of a part: `def forward(self, *, intermediate_tensors)`
    return any(
        p.name not in names and not p.has_default and p.kind not in {Kind.VAR_POSITIONAL, Kind.VAR_KEYWORD}
        for p in mine.parameters
    )


def _takes_anything(signature: Signature) -> bool:
    return any(p.kind in {Kind.VAR_POSITIONAL, Kind.VAR_KEYWORD} for p in signature.parameters)


def _may_take(mine: Signature, theirs: Signature) -> bool:
    """Tell whether some call that `theirs` takes suits `mine` as well."""
    least = demanded(theirs)
    most = max(
        sum(p.kind <= Kind.POSITIONAL_OR_KEYWORD for p in signature.parameters)
        for signature in (mine, theirs)
    )
    wanted = [p for p in mine.parameters if not p.has_default and p.kind <= Kind.KEYWORD_ONLY]
    for positional in range(least.positional, most + 1):
        given = {p.name for p in mine.parameters[:positional]}
        keywords = {*least.keywords, *(p.name for p in wanted if p.name not in given)}
        shape = Shape(positional, tuple(sorted(keywords)))
        if unbindable(theirs, shape) is None and unbindable(mine, shape) is None:
            return True
    return False


def _by_name(signature: Signature) -> Shape:
    """Return what every caller has to pass, by keyword wherever that can be."""
    required = [p for p in signature.parameters if not p.has_default]
    return Shape(
        sum(p.kind < Kind.POSITIONAL_OR_KEYWORD for p in required),
        tuple(p.name for p in required if Kind.POSITIONAL_OR_KEYWORD <= p.kind <= Kind.KEYWORD_ONLY),
    )


def demanded(signature: Signature) -> Shape:
    """Return what every caller of `signature` has to pass at least."""
    required = [p for p in signature.parameters if not p.has_default]
    return Shape(
        sum(p.kind <= Kind.POSITIONAL_OR_KEYWORD for p in required),
        tuple(p.name for p in required if p.kind is Kind.KEYWORD_ONLY),
    )
