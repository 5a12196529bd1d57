"""The gate's decision in words."""

from collections.abc import Iterator, Sequence
from typing import assert_never

from plugin_matrix.errors import ExitCode
from plugin_matrix.model import Blame, Change, Decision, GateMode, Level, StaleReason, Status
from plugin_matrix.model.version_set import release_axis
from plugin_matrix.report.marks import plural
from plugin_matrix.report.visible import line

_SHOWN = 20
"""Changes of one kind; the results have all of them."""


def decision_text(decision: Decision, *, same: bool = False) -> str:
    """Return the decision for people: changes, what is stale, what was not decided, the outcome last.

    What is the same as in the baseline is only counted, unless `same`.
    """
    lines = [*changes_lines(decision.changes, same=same)]
    for stale in decision.stale:
        match stale.reason:
            case StaleReason.EXPIRED:
                why = f"was accepted until {stale.until}, and is not any more"
            case StaleReason.UNUSED:
                why = "is nowhere in these results; remove it from known-problems"
            case _:
                assert_never(stale.reason)
        lines.append(f"stale known problem: {stale.rule} {line(stale.symbol)} {why}")
    lines += [f"not decided: {line(one.subject)}: {line(one.because)}" for one in decision.undecided[:_SHOWN]]
    if len(decision.undecided) > _SHOWN:
        lines.append(f"not decided: {len(decision.undecided) - _SHOWN} more")
    lines.append(_outcome(decision))
    return "\n".join(lines)


def changes_lines(changes: Sequence[Change], *, same: bool = False) -> Iterator[str]:
    """Yield a paragraph for each status there is."""
    for status in Status:
        of_status = [change for change in changes if change.status is status]
        if not of_status:
            continue
        yield f"{status.value}: {plural(len(of_status), 'finding')}"
        if status is Status.SAME and not same:
            continue
        for change in of_status[:_SHOWN]:
            yield from _change(change)
        if len(of_status) > _SHOWN:
            yield f"  and {len(of_status) - _SHOWN} more"


def _change(change: Change) -> Iterator[str]:
    engines = ", ".join(change.engines) if len(change.engines) <= 4 else _span(change.engines)  # noqa: PLR2004
    level = f"{change.level.value} {change.rule}"
    yield f"  {line(change.plugin)} {level} {line(change.subject)}  [{line(change.where)}: {engines}]"
    told = [*_blame(change.blame), *([line(change.because)] if change.because else [])]
    if change.known is not None:
        told.append(f"Known problem: {line(change.known) or 'accepted'}.")
    if not change.counts:
        told.append("The plugin does not declare these engines.")
    if told:
        yield f"    {' '.join(told)}"


def _blame(blame: Blame | None) -> Iterator[str]:
    match blame:
        case Blame.PLUGIN:
            yield "The plugin's doing."
        case Blame.ENGINE:
            yield "The engine's doing."
        case Blame.UNKNOWN:
            yield "Whose doing is not known."
        case None:
            pass
        case _:
            assert_never(blame)


def _span(engines: Sequence[str]) -> str:
    axis = release_axis(engines)
    return f"{len(engines)} releases, {axis.releases[0]} to {axis.releases[-1]}"


def _outcome(decision: Decision) -> str:
    levels = _levels(decision.fail_on)
    match decision.mode:
        case GateMode.NEW:
            fails = f"{levels} that are new and the plugin's doing"
        case GateMode.ALL:
            fails = levels
        case GateMode.NONE:
            fails = "nothing"
        case _:
            assert_never(decision.mode)
    code = ExitCode(decision.exit_code)
    return f"{_word(code, decision)} (gate {decision.mode.value}, fails on {fails}; exit code {code})"


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
            return f"FAILED: {plural(decision.failing, 'finding')}, each engine and platform counted"
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
