"""The gate the other way round: one engine, and the plugins that it breaks or newly breaks."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from plugin_matrix.errors import ExitCode
from plugin_matrix.gate.comparing import compare
from plugin_matrix.gate.decision import Policy, count_failing
from plugin_matrix.gate.ledger import Edition, editions_of
from plugin_matrix.gate.surface import unread
from plugin_matrix.model import Change, Decision, GateMode, Results, StaleProblem, Status, Undecided


def decide_engine(
    results: Results,
    release: str,
    before: str | None,
    policy: Policy | None = None,
    stale: tuple[StaleProblem, ...] = (),
) -> Decision:
    """Return the decision on plugins that were held against `release` and the one `before` it.

    Only what stands on `release` counts. The release before is the baseline: what does not stand there is
    new, and it is the engine's doing, which is what is asked for here. That a plugin could not be fetched
    or read is no reason to end: it leaves the answer undetermined.
    """
    policy = policy or Policy()
    editions = editions_of(msgspec.structs.replace(results, asked_for=True))
    now = tuple(_on(editions, release))
    changes = () if before is None else compare(now, tuple(_on(editions, before)))
    failing = _failing(now, changes, policy, compared=before is not None)
    undecided = () if policy.mode is GateMode.NONE else tuple(_undecided(results))
    return Decision(
        mode=policy.mode,
        fail_on=policy.fail_on,
        exit_code=int(_exit_code(results, release, failing=failing, undecided=bool(undecided))),
        failing=failing,
        changes=changes,
        stale=stale,
        undecided=undecided,
        engine=release,
        engine_before=before,
    )


def _on(editions: Iterable[Edition], release: str) -> Iterator[Edition]:
    """Yield the editions with what stands on `release` alone."""
    for edition in editions:
        squares = {place: square for place, square in edition.squares.items() if place.engine == release}
        if squares:
            yield msgspec.structs.replace(edition, squares=squares)


def _failing(now: Sequence[Edition], changes: Sequence[Change], policy: Policy, *, compared: bool) -> int:
    if policy.mode is GateMode.NONE:
        return 0
    if policy.mode is GateMode.NEW and compared:
        return sum(
            change.status is Status.NEW and policy.fails(change.level, change.known, counts=True)
            for change in changes
        )
    return count_failing(now, lambda one: policy.fails(one.level, one.known, counts=True))


def _undecided(results: Results) -> Iterator[Undecided]:
    for problem in results.problems:
        yield Undecided(problem.source, problem.message)
    for result in results.surface:
        if unread(result):
            yield Undecided(result.plugin.id, "nothing of its source could be read")


def _exit_code(results: Results, release: str, *, failing: int, undecided: bool) -> ExitCode:
    if failing:
        return ExitCode.INCOMPATIBLE
    not_plugins = {problem.exit_code for problem in results.problems} <= {ExitCode.NOTHING_TO_CHECK}
    if not results.surface and not_plugins:
        return ExitCode.NOTHING_TO_CHECK
    if undecided:
        return ExitCode.UNDETERMINED
    judged = any(release in result.releases for result in results.surface)
    return ExitCode.COMPATIBLE if judged else ExitCode.NOTHING_TO_CHECK
