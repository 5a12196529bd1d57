"""The gate: from results, a baseline and known problems to a decision with its exit code."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import assert_never

import msgspec

from plugin_matrix.errors import ExitCode
from plugin_matrix.gate.comparing import compare
from plugin_matrix.gate.ledger import Edition, Place, Trouble, editions_of, place_of
from plugin_matrix.gate.surface import counted, unread
from plugin_matrix.model import (
    Blame,
    Change,
    Compatible,
    Decision,
    GateMode,
    Incompatible,
    Level,
    NotApplicable,
    Results,
    StaleProblem,
    Status,
    Undecided,
    Undetermined,
)


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What the project wants of the gate."""

    mode: GateMode = GateMode.ALL
    fail_on: Level = Level.ERROR
    baseline: tuple[Edition, ...] | None = None

    def fails(self, level: Level, known: str | None, *, counts: bool) -> bool:
        """Tell whether a finding of this kind is one the gate is there for."""
        return counts and known is None and level.reaches(self.fail_on)


def decide(results: Results, policy: Policy | None = None, stale: tuple[StaleProblem, ...] = ()) -> Decision:
    """Return the decision on `results`, whose known problems are marked already.

    The exit code is the first that applies of a fixed order: interrupted, input that could not be used,
    something that fails, something needed that could not be decided, nothing to check, compatible.
    """
    policy = policy or Policy()
    editions = editions_of(results)
    changes = () if policy.baseline is None else compare(editions, policy.baseline)
    failing = _failing(editions, changes, policy)
    undecided = tuple(_undecided(results, editions, changes, policy))
    return Decision(
        mode=policy.mode,
        fail_on=policy.fail_on,
        exit_code=int(_exit_code(results, failing=failing, undecided=bool(undecided))),
        failing=failing,
        baseline=None if policy.baseline is None else tuple(edition.id for edition in policy.baseline),
        changes=changes,
        stale=stale,
        undecided=undecided,
    )


def is_failing(change: Change, policy: Policy) -> bool:
    """Tell whether a change fails a gate for what is new."""
    match change.status:
        case Status.NEW:
            return change.blame is Blame.PLUGIN and policy.fails(
                change.level, change.known, counts=change.counts
            )
        case Status.FIXED | Status.SAME | Status.SPURIOUS | Status.FLAKY:
            return False
        case _:
            assert_never(change.status)


def _failing(editions: Sequence[Edition], changes: Sequence[Change], policy: Policy) -> int:
    match policy.mode:
        case GateMode.NONE:
            return 0
        case GateMode.NEW:
            return len({(one.plugin, one.fingerprint) for one in changes if is_failing(one, policy)})
        case GateMode.ALL:
            return count_failing(editions, lambda one: policy.fails(one.level, one.known, counts=one.counts))
        case _:
            assert_never(policy.mode)


def count_failing(editions: Iterable[Edition], fails: Callable[[Trouble], bool]) -> int:
    """Return how many findings fail somewhere, each counted once however many engines have it."""
    return len(
        {
            (edition.id, fingerprint)
            for edition in editions
            for square in edition.squares.values()
            for fingerprint, trouble in square.found.items()
            if fails(trouble)
        }
    )


def _undecided(
    results: Results, editions: Sequence[Edition], changes: Sequence[Change], policy: Policy
) -> Iterator[Undecided]:
    """Yield what the gate needed: everything, or for what is new only that which was once decided."""
    match policy.mode:
        case GateMode.NONE:
            return
        case GateMode.ALL:
            once_undecided: frozenset[tuple[str, Place]] = frozenset()
        case GateMode.NEW:
            once_undecided = frozenset(
                (edition.key, place)
                for edition in policy.baseline or ()
                for place, square in edition.squares.items()
                if not square.decided
            )
            yield from _undecided_changes(changes, policy)
        case _:
            assert_never(policy.mode)
    keys = {edition.id: edition.key for edition in editions}
    for cell in results.cells:
        match cell.verdict:
            case Undetermined(cause, detail):
                if (keys[cell.cell.plugin], place_of(cell)) not in once_undecided:
                    yield Undecided(cell.id, f"{cause.value}: {detail}")
            case Compatible() | Incompatible() | NotApplicable():
                pass
            case _:
                assert_never(cell.verdict)
    for result in results.surface:
        if unread(result):
            yield Undecided(result.plugin.id, "nothing of its source could be read")


def _undecided_changes(changes: Sequence[Change], policy: Policy) -> Iterator[Undecided]:
    for change in changes:
        if not policy.fails(change.level, change.known, counts=change.counts):
            continue
        subject = f"{change.plugin} {change.rule} {change.subject} on {', '.join(change.engines)}"
        match change.status, change.blame:
            case (Status.FLAKY, _) | (Status.NEW, Blame.UNKNOWN):
                yield Undecided(subject, change.because)
            case _:
                pass


def _exit_code(results: Results, *, failing: int, undecided: bool) -> ExitCode:
    if not results.complete:
        return ExitCode.INTERRUPTED
    problems = {problem.exit_code for problem in results.problems}
    if ExitCode.USAGE in problems:
        return ExitCode.USAGE
    if failing:
        return ExitCode.INCOMPATIBLE
    if undecided or ExitCode.UNDETERMINED in problems:
        return ExitCode.UNDETERMINED
    return ExitCode.NOTHING_TO_CHECK if problems or not _judged(results) else ExitCode.COMPATIBLE


def _judged(results: Results) -> bool:
    """Tell whether anything was: a cell, where cells were to run, and every plugin that was read."""
    ran = any(not isinstance(cell.verdict, NotApplicable) for cell in results.cells)
    read = all(counted(result, asked_for=results.asked_for) for result in results.surface)
    return (ran or not results.cells) and read and bool(results.cells or results.surface)
