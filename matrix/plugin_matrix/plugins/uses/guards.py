"""Guards put together: and, or and not, kept small."""

from collections.abc import Iterable

from plugin_matrix.plugins.uses.records import (
    All,
    Always,
    AnyOf,
    Exists,
    Guard,
    IsSet,
    Not,
    OnRelease,
    Unknown,
)

ALWAYS = Always()
NEVER = Not(ALWAYS)

JOINT = " and "
"""Between the doubts that hold together."""
_MOST_DOUBTS = 4
_COMPLEMENTS = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "==": "!=", "!=": "=="}


def negation(guard: Guard) -> Guard:
    """Return the guard that holds where `guard` does not; `Not` stays on paths and specifiers alone."""
    match guard:
        case Not(inner):
            return inner
        case Unknown(text):
            return Unknown(_opposite(text))
        case OnRelease(operator, version) if operator in _COMPLEMENTS:
            return OnRelease(_COMPLEMENTS[operator], version)
        case All(guards):
            return disjunction(map(negation, guards))
        case AnyOf(guards):
            return conjunction(map(negation, guards))
        case _:
            return Not(guard)


def _opposite(text: str) -> str:
    if JOINT in text:
        return "a condition does not hold"
    return text.removeprefix("not ") if text.startswith("not ") else f"not {text}"


def conjunction(guards: Iterable[Guard]) -> Guard:
    """Return the guard that holds where all of `guards` do; several doubts become one."""
    asked = [guard for guard in guards if type(guard) is not Always]
    if len(asked) < 2:  # noqa: PLR2004 - most often one of two is
        return asked[0] if asked else ALWAYS
    kept: dict[Guard, None] = {}
    doubts: dict[str, None] = {}
    for guard in asked:
        for part in guard.guards if isinstance(guard, All) else (guard,):
            if type(part) is Unknown:
                doubts.update(dict.fromkeys(part.text.split(JOINT)))
            elif part == NEVER:
                return NEVER
            else:
                kept[part] = None
    if any(negation(part) in kept for part in kept if not isinstance(part, All | AnyOf)):
        return NEVER
    parts = (*(part for part in kept if not _implied(part, kept)), *_joined(doubts))
    return ALWAYS if not parts else parts[0] if len(parts) == 1 else All(parts)


def _joined(doubts: dict[str, None]) -> tuple[Unknown, ...]:
    if not doubts:
        return ()
    return (Unknown(JOINT.join([*doubts][:_MOST_DOUBTS] + ["..."] * (len(doubts) > _MOST_DOUBTS))),)


def _implied(part: Guard, others: dict[Guard, None]) -> bool:
    """Whether an alternative holds because one of its members is asked for beside it."""
    return isinstance(part, AnyOf) and any(
        all(one in others for one in member.guards) if isinstance(member, All) else member in others
        for member in part.guards
    )


def hopeful(guard: Guard) -> Guard:
    """Return the guard with every doubt taken to be no hindrance."""
    match guard:
        case Unknown() | IsSet():
            return ALWAYS
        case All(guards):
            return conjunction(map(hopeful, guards))
        case AnyOf(guards):
            return disjunction(map(hopeful, guards))
        case _:
            return guard


def disjunction(guards: Iterable[Guard]) -> Guard:
    """Return the guard that holds where one of `guards` does; of several doubts the first is kept."""
    kept: dict[Guard, None] = {}
    doubt: Unknown | None = None
    for guard in guards:
        for part in guard.guards if isinstance(guard, AnyOf) else (guard,):
            if part == ALWAYS:
                return ALWAYS
            if isinstance(part, Unknown):
                doubt = doubt or part
            elif part != NEVER:
                kept[part] = None
    if any(negation(part) in kept for part in kept if isinstance(part, OnRelease | Exists | Not)):
        return ALWAYS
    parts = (*kept, *([doubt] if doubt else []))
    return NEVER if not parts else parts[0] if len(parts) == 1 else AnyOf(parts)
