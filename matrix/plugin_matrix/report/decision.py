"""The gate's decision as every format shows it, and in words for a terminal."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, assert_never

from plugin_matrix.errors import ExitCode
from plugin_matrix.model import Blame, Change, Decision, GateMode, Level, StaleProblem, StaleReason, Status
from plugin_matrix.model.decision import SOURCE, Undecided
from plugin_matrix.model.version_set import release_axis
from plugin_matrix.report.anchors import Bounded
from plugin_matrix.report.marks import Mark, plural
from plugin_matrix.report.visible import line

_SHOWN = 20
"""Changes of one kind; the results have all of them."""
_NAMED_ENGINES = 4


STATUS_MEANINGS = {
    Status.NEW: "not in the baseline",
    Status.FIXED: "in the baseline and gone",
    Status.SAME: "in the baseline too",
    Status.SPURIOUS: "differs though neither plugin nor engine changed",
    Status.FLAKY: "told by one of two identical runs",
}


class ChangeView(NamedTuple):
    """A change, where it stands and what is known of it."""

    change: Change
    where: str
    told: str
    """Whose doing it is, what that rests on, whether it is a known problem."""


class Group(NamedTuple):
    """The changes of one status."""

    status: Status
    number: int
    changes: Bounded[ChangeView]

    def meaning(self, decision: Decision) -> str:
        """Return what the status means in this decision."""
        if decision.engine_before is None:
            return STATUS_MEANINGS[self.status]
        on = f"on {decision.engine_before}"
        return f"not {on}" if self.status is Status.NEW else f"{on} too"


class DecisionView(NamedTuple):
    """The decision as every format shows it."""

    decision: Decision
    mark: Mark
    word: str
    terms: str
    """What it was decided by: `gate new, fails on ...; exit code 1`."""
    groups: tuple[Group, ...]
    stale: tuple[str, ...]
    undecided: Bounded[Undecided]


def decision_view(decision: Decision, limit: int = _SHOWN) -> DecisionView:
    """Return `decision` for a format that shows `limit` things of each kind."""
    code = ExitCode(decision.exit_code)
    return DecisionView(
        decision=decision,
        mark=_mark(code),
        word=_word(code, decision),
        terms=_terms(decision),
        groups=groups(decision.changes, limit),
        stale=tuple(map(_stale, decision.stale)),
        undecided=Bounded.of(decision.undecided, limit),
    )


def groups(changes: Sequence[Change], limit: int = _SHOWN) -> tuple[Group, ...]:
    """Return the changes of each status there is."""
    by_status: defaultdict[Status, list[Change]] = defaultdict(list)
    for change in changes:
        by_status[change.status].append(change)
    by_status[Status.NEW].sort(key=_weight)
    return tuple(
        Group(
            status,
            len(found),
            Bounded(tuple(map(change_view, found[:limit])), max(0, len(found) - limit)),
        )
        for status in Status
        if (found := by_status[status])
    )


def _weight(change: Change) -> tuple[bool, int, int]:
    """Order new findings: what can fail the gate first, what is accepted last."""
    doings = [Blame.PLUGIN, Blame.UNKNOWN, Blame.ENGINE, None]
    return change.known is not None, doings.index(change.blame), list(Level).index(change.level)


def change_view(change: Change) -> ChangeView:
    """Return a change with what is known of it, in words."""
    told = [doing(change.blame), change.because]
    if change.known is not None:
        told.append(f"Known problem: {change.known or 'accepted'}.")
    if not change.counts:
        told.append("The plugin does not declare these engines.")
    return ChangeView(
        change, f"{change.where}: {engines_text(change.engines)}", " ".join(part for part in told if part)
    )


class Changes:
    """The changes of a decision, found by the finding they are about."""

    def __init__(self, decision: Decision | None) -> None:
        found: defaultdict[tuple[str, str, bool, str | None], list[Change]] = defaultdict(list)
        for change in decision.changes if decision else ():
            found[change.plugin, change.fingerprint, change.where == SOURCE, change.known].append(change)
        self._found: Mapping[tuple[str, str, bool, str | None], list[Change]] = found
        self.compared = decision is not None and (decision.baseline, decision.engine_before) != (None, None)
        """Whether there was a baseline, or a release before, to hold the results against."""

    def of(self, plugin: str, fingerprint: str, *, source: bool, known: str | None) -> tuple[Change, ...]:
        """Return how a finding of `plugin` (`name==version`) stands against the baseline."""
        return tuple(self._found.get((plugin, fingerprint, source, known), ()))


def engines_text(engines: Sequence[str]) -> str:
    """Return releases in few words: `0.32.0, 0.33.0`, or `7 releases, 0.9.0 to 0.33.0`."""
    if len(engines) <= _NAMED_ENGINES:
        return ", ".join(engines)
    axis = release_axis(engines)
    return f"{len(engines)} releases, {axis.releases[0]} to {axis.releases[-1]}"


def doing(blame: Blame | None) -> str:
    """Return in words whose doing a new finding is."""
    match blame:
        case Blame.PLUGIN:
            return "The plugin's doing."
        case Blame.ENGINE:
            return "The engine's doing."
        case Blame.UNKNOWN:
            return "Whose doing is not known."
        case None:
            return ""
        case _:
            assert_never(blame)


def _stale(stale: StaleProblem) -> str:
    match stale.reason:
        case StaleReason.EXPIRED:
            why = f"was accepted until {stale.until}, and is not any more"
        case StaleReason.UNUSED:
            why = "is nowhere in these results; remove it from known-problems"
        case _:
            assert_never(stale.reason)
    return f"{stale.rule} {stale.symbol} {why}"


def _terms(decision: Decision) -> str:
    levels = _levels(decision.fail_on)
    if decision.engine is not None:
        levels += f" on vLLM {decision.engine}"
    match decision.mode:
        case GateMode.NEW if decision.engine is not None:
            since = f" and not on {decision.engine_before}" if decision.engine_before else ""
            fails = f"{levels}{since}"
        case GateMode.NEW:
            fails = f"{levels} that are new and the plugin's doing"
        case GateMode.ALL:
            fails = levels
        case GateMode.NONE:
            fails = "nothing"
        case _:
            assert_never(decision.mode)
    return f"gate {decision.mode.value}, fails on {fails}; exit code {decision.exit_code}"


def _levels(level: Level) -> str:
    match level:
        case Level.ERROR:
            return "errors"
        case Level.WARNING:
            return "errors and warnings"
        case Level.ADVICE:
            return "findings of every level"
        case _:
            assert_never(level)


def _word(code: ExitCode, decision: Decision) -> str:
    match code:
        case ExitCode.COMPATIBLE:
            return "PASSED"
        case ExitCode.INCOMPATIBLE:
            return f"FAILED: {plural(decision.failing, 'finding')}"
        case ExitCode.UNDETERMINED:
            return "NOT DECIDED"
        case ExitCode.NOTHING_TO_CHECK:
            return "NOTHING WAS CHECKED"
        case ExitCode.USAGE:
            return "A PLUGIN COULD NOT BE USED"
        case ExitCode.INTERRUPTED:
            return "INTERRUPTED"
        case _:
            assert_never(code)


def _mark(code: ExitCode) -> Mark:
    match code:
        case ExitCode.COMPATIBLE:
            return Mark.COMPATIBLE
        case ExitCode.INCOMPATIBLE | ExitCode.USAGE:
            return Mark.INCOMPATIBLE
        case ExitCode.UNDETERMINED | ExitCode.INTERRUPTED:
            return Mark.UNDETERMINED
        case ExitCode.NOTHING_TO_CHECK:
            return Mark.NOT_RUN
        case _:
            assert_never(code)


def decision_text(decision: Decision, *, same: bool = False) -> str:
    """Return the decision for people: changes, what is stale, what was not decided, the outcome last.

    What is the same as in the baseline is only counted, unless `same`.
    """
    view = decision_view(decision)
    lines = [*changes_lines(decision.changes, same=same)]
    lines += [f"stale known problem: {line(text)}" for text in view.stale]
    lines += [f"not decided: {line(one.subject)}: {line(one.because)}" for one in view.undecided.shown]
    if view.undecided.more:
        lines.append(f"not decided: {view.undecided.more} more")
    lines.append(f"{view.word} ({view.terms})")
    return "\n".join(lines)


def changes_lines(changes: Sequence[Change], *, same: bool = False) -> Iterator[str]:
    """Yield a paragraph for each status there is."""
    for group in groups(changes):
        yield f"{group.status.value}: {plural(group.number, 'finding')}"
        if group.status is Status.SAME and not same:
            continue
        for view in group.changes.shown:
            change = view.change
            yield (
                f"  {line(change.plugin)} {change.level.value} {line(change.rule)} {line(change.subject)}"
                f"  [{line(view.where)}]"
            )
            if view.told:
                yield f"    {line(view.told)}"
        if group.changes.more:
            yield f"  and {group.changes.more} more"
