"""Whether a function of the plugin takes what vLLM passes to the one it stands in for."""

from collections.abc import Sequence

import msgspec

from plugin_matrix.model.signature import Kind, Shape, Signature, unbindable
from plugin_matrix.model.version_set import Mask


class Theirs(msgspec.Struct, frozen=True):
    """What vLLM's own function takes on the releases of `mask`, seen as it is called."""

    mask: Mask
    signature: Signature


class Passed(msgspec.Struct, frozen=True):
    """A call that vLLM makes on the releases of `mask`."""

    mask: Mask
    shape: Shape
    module: str


class Failure(msgspec.Struct, frozen=True):
    """Releases on which the plugin's function does not take a call, and why."""

    mask: Mask
    reason: str
    taken: str
    """What vLLM's own function takes there."""


class Fit(msgspec.Struct, frozen=True):
    """How a function of the plugin does in place of vLLM's."""

    calls: tuple[Failure, ...] = ()
    """Calls in vLLM's source that it does not take."""
    demands: tuple[Failure, ...] = ()
    """Releases without a known call, on which it does not even take what every caller has to pass."""

    @property
    def mask(self) -> Mask:
        """Releases on which it fails."""
        found = 0
        for one in (*self.calls, *self.demands):
            found |= one.mask
        return found


def fit(mine: Signature, name: str, theirs: Sequence[Theirs], calls: Sequence[Passed]) -> Fit:
    """Hold `mine` against the calls of `theirs`; both are bound where they are called through an object.

    A call that vLLM's own function does not take belongs to another function. What fits no release at
    all was not written for what we hold it against, and fails nowhere.
    """
    failures: list[Failure] = []
    called = failing = fitting = 0
    for call in calls:
        for one in theirs:
            mask = call.mask & one.mask
            if not mask or unbindable(one.signature, call.shape) is not None:
                continue
            called |= mask
            reason = unbindable(mine, call.shape)
            if reason is not None:
                failing |= mask
                why = f"{reason}; {call.module} calls {name}{call.shape.text()}"
                failures.append(Failure(mask, why, one.signature.text()))
    demands: list[Failure] = []
    fitting = called & ~failing
    for one in theirs:
        reason = unbindable(mine, demanded(one.signature))
        if reason is None:
            fitting |= one.mask & ~failing
        elif one.mask & ~called:
            demands.append(Failure(one.mask & ~called, reason, one.signature.text()))
    return Fit(tuple(failures), tuple(demands)) if fitting else Fit()


def demanded(signature: Signature) -> Shape:
    """Return what every caller of `signature` has to pass at least."""
    required = [p for p in signature.parameters if not p.has_default]
    return Shape(
        sum(p.kind <= Kind.POSITIONAL_OR_KEYWORD for p in required),
        tuple(p.name for p in required if p.kind is Kind.KEYWORD_ONLY),
    )
