"""PM612 to PM614: several threads at once, and children made by fork and by spawn."""

from collections.abc import Iterable, Iterator
from typing import Literal

from plugin_matrix.model import EntryPoint
from plugin_matrix.model.observation import Change, Child, Concurrent
from plugin_matrix.rules.attribution import abnormal_end, attribute
from plugin_matrix.rules.calls import is_troubled, is_unrepeatable
from plugin_matrix.rules.case import GENERAL, Case
from plugin_matrix.rules.evidence import finding, of_change, plain
from plugin_matrix.rules.loader import not_reported
from plugin_matrix.rules.outcome import Outcome, Skip

RULE_OF_METHOD = {"fork": "PM613", "spawn": "PM614"}


def concurrent(case: Case) -> Iterator[Outcome]:
    """Judge each general plugin called by several threads at once."""
    points = case.of_group(GENERAL)
    if not points:
        yield Skip("The plugin has no general entry point.")
    for point in points:
        outcome = _concurrent_outcome(case, point)
        if outcome is not None:
            yield outcome


def _concurrent_outcome(case: Case, point: EntryPoint) -> Outcome | None:
    if is_troubled(case, point):
        return Skip(f"{plain(point.id)} was not called with success.")
    if is_unrepeatable(case, point):
        # What two calls in a row break, two at once break too.
        return Skip(f"{plain(point.id)} does not bear a second call.")
    seen = next((seen for seen in case.scenarios(Concurrent) if seen.name == point.name), None)
    if seen is None:
        return Skip(f"The probe did not call {plain(point.id)} from threads.")
    value = plain(point.value)
    if seen.ended.how == "timeout" and case.limit_broken is None:
        # One thread alone came back, so this is a deadlock between threads and no hang.
        message = f"{seen.threads} threads calling {value} still waited after {seen.ended.seconds:.0f} s."
        return finding("PM612", point.id, message)
    doing = f"calling {value} from {seen.threads} threads"
    return abnormal_end(case, seen, subject=point.id, doing=doing) or _race(case, point, seen)


def _race(case: Case, point: EntryPoint, seen: Concurrent) -> Outcome | None:
    """Judge what threads that all came back have raised and left behind."""
    what = f"{plain(point.value)} called by {seen.threads} threads at once"
    if seen.raised:
        message = f"{what} fails in {len(seen.raised)} of them"
        return attribute(case, seen, seen.raised[0], rule="PM612", subject=point.id, message=message)
    changes = [change for change in seen.changes if not _is_process_id(change)]
    if not changes:
        return None
    if any(lacking(child) for child in case.scenarios(Child)):
        # One call was made in a process of its own, so that this only repeats what the children show.
        return Skip("What is registered depends on the process, so that nothing can be compared.")
    message = f"{what} leaves another state than one call."
    return finding("PM612", point.id, message, map(of_change, changes))


def _is_process_id(change: Change) -> bool:
    """Tell whether a variable may hold the process's id: the one call was made in another process."""
    values = (change.before or "", change.after or "")
    return change.kind == "env" and all(value.isdecimal() for value in values)


def fork(case: Case) -> Iterator[Outcome]:
    """Judge what a forked child has of its parent's plugins."""
    yield from _child(case, "fork")


def spawn(case: Case) -> Iterator[Outcome]:
    """Judge what a spawned child has of its parent's plugins."""
    yield from _child(case, "spawn")


def _child(case: Case, method: Literal["fork", "spawn"]) -> Iterator[Outcome]:
    points = case.of_group(GENERAL)
    if not points:
        yield Skip("The plugin has no general entry point.")
        return
    if any(is_troubled(case, point) for point in case.read):
        yield Skip("An entry point does not load or run, in a child as little as here.")
        return
    seen = next((seen for seen in case.scenarios(Child) if seen.method == method), None)
    if seen is None:
        yield not_reported(case, f"children made by {method}")
        return
    rule, subject = RULE_OF_METHOD[method], subject_of(case, points)
    unrepeatable = any(is_unrepeatable(case, point) for point in points)
    ended = abnormal_end(case, seen, subject=subject, doing=f"loading plugins in a child made by {method}")
    if seen.raised is not None and (ended is None or seen.ended.how == "exit"):
        if unrepeatable and method == "fork":
            yield Skip("The plugin does not bear a second call, and a forked child starts after the first.")
            return
        message = f"Loading plugins in a child made by {method} fails"
        yield attribute(case, seen, seen.raised, rule=rule, subject=subject, message=message)
    elif ended is not None:
        yield ended
    elif lacking(seen) and unrepeatable:
        yield Skip("The plugin does not bear a second call, so that no two processes are alike.")
    elif lacking(seen):
        message = f"A child made by {method} does not have what its parent registered."
        yield finding(rule, subject, message, map(of_change, lacking(seen)))


def lacking(child: Child) -> tuple[Change, ...]:
    """Return what the parent had registered and the child has not, or has otherwise; more is no fault."""
    return tuple(change for change in child.changes if change.before is not None)


def subject_of(case: Case, points: Iterable[EntryPoint]) -> str:
    """Return the entry point that a cell-wide observation is about, or the plugin when there are several."""
    ids = {point.id for point in points}
    return ids.pop() if len(ids) == 1 else case.plugin.name
