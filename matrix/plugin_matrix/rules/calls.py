"""PM604 to PM609: the functions of general plugins, called once and again in one process."""

from collections.abc import Iterable, Iterator

from plugin_matrix.model import EntryPoint
from plugin_matrix.model.observation import Call, Change, Register
from plugin_matrix.rules.attribution import abnormal_end, attribute
from plugin_matrix.rules.case import GENERAL, PLATFORM, Case
from plugin_matrix.rules.evidence import finding, of_change, plain
from plugin_matrix.rules.loader import load_outcome, not_reported
from plugin_matrix.rules.outcome import Outcome, Skip
from plugin_matrix.rules.platform import is_unresolved


def register(case: Case) -> Iterator[Outcome]:
    """Judge the first call of each general plugin, made by the engine's own loader."""
    points = case.of_group(GENERAL)
    if not points:
        yield Skip("The plugin has no general entry point.")
    for point in points:
        outcome = register_outcome(case, point)
        if outcome is not None:
            yield outcome


def register_outcome(case: Case, point: EntryPoint) -> Outcome | None:
    """Return what is wrong with the first call of a general plugin, None when it went well."""
    if load_outcome(case, point) is not None:
        return Skip(f"{plain(point.id)} did not load.")
    seen = registered(case, point)
    if seen is None:
        return not_reported(case, f"calling {plain(point.id)}")
    # Where the loader did not call it (another distribution has its name), the first direct call is first.
    first = seen.calls[0].raised if seen.calls else None
    value = plain(point.value)
    ended = abnormal_end(case, seen, subject=point.id, doing=f"calling {value}")
    if first is None and seen.loader_raised is not None and _platform_stops_loader(case):
        return Skip("The loader resolves the platform first on this release, and that fails.")
    raised = first or seen.loader_raised
    if raised is not None and (ended is None or seen.ended.how == "exit"):
        return attribute(case, seen, raised, rule="PM604", subject=point.id, message=f"{value} fails")
    if ended is not None and seen.ended.how == "exit":
        later = next((call for call in seen.calls if call.raised is not None), None)
        if later is not None and later.raised is not None:
            message = f"Call {later.index} of {value} in one process fails"
            return attribute(case, seen, later.raised, rule="PM605", subject=point.id, message=message)
    return ended


def _platform_stops_loader(case: Case) -> bool:
    """Tell whether the loader resolves `current_platform` and cannot (0.7.0 to 0.10.0)."""
    resolves = case.history.value(case.release, "loader_side_effects").startswith("resolves-platform")
    return resolves and any(is_unresolved(case, point) for point in case.of_group(PLATFORM))


def registered(case: Case, point: EntryPoint) -> Register | None:
    """Return what was seen of calling a general plugin."""
    return next((seen for seen in case.scenarios(Register) if seen.name == point.name), None)


_STACKS = ("handlers", "warnings_filters", "signals", "atexit")
_LEAKS = ("threads", "files", "sys_path", "env", "cwd")
_GROWS = ("registry", "overrides")


def repeat(case: Case) -> Iterator[Outcome]:
    """Judge the calls after the first in the same process."""
    points = case.of_group(GENERAL)
    if not points:
        yield Skip("The plugin has no general entry point.")
    for point in points:
        yield from repeat_outcomes(case, point)


def repeat_outcomes(case: Case, point: EntryPoint) -> Iterator[Outcome]:
    """Yield what is wrong with calling a general plugin again."""
    if register_outcome(case, point) is not None:
        yield Skip(f"{plain(point.id)} was not called with success.")
        return
    seen = registered(case, point)
    further = seen.calls[1:] if seen is not None else ()
    if seen is None or not further:
        yield Skip(f"{plain(point.id)} was called once only.")
        return
    failed = next((call for call in further if call.raised is not None), None)
    if failed is not None and failed.raised is not None:
        message = f"Call {failed.index} of {plain(point.value)} in one process fails"
        yield attribute(case, seen, failed.raised, rule="PM605", subject=point.id, message=message)
    good = [call for call in further if call.raised is None]
    if good:
        yield from _growth(point, good[-1])


def _growth(point: EntryPoint, last: Call) -> Iterator[Outcome]:
    """Judge the state after the last call against the state after the first.

    Only the last call's is looked at: what came and went in between (a file not yet collected, a
    thread on its way out) is no growth.
    """
    value = plain(point.value)
    for rule, kinds, message in (
        ("PM606", _GROWS, f"{last.index} calls of {value} leave other registrations than one call"),
        ("PM607", _STACKS, f"{last.index} calls of {value} leave more handlers than one call"),
        ("PM608", ("patches",), f"{last.index} calls of {value} wrap attributes of vLLM's more than once"),
        ("PM609", _LEAKS, f"{last.index} calls of {value} leave more behind than one call"),
    ):
        changes = [change for change in last.changes if change.kind in kinds]
        if changes:
            yield finding(rule, point.id, f"{message}: {_subjects(changes)}.", map(of_change, changes))


def _subjects(changes: Iterable[Change]) -> str:
    names = sorted({plain(change.subject, 80) for change in changes})
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""  # noqa: PLR2004 - three make the point
    return ", ".join(names[:3]) + more


def is_troubled(case: Case, point: EntryPoint) -> bool:
    """Tell whether loading or first calling `point` went wrong, so that later failures follow from it."""
    if point.group == GENERAL:
        return register_outcome(case, point) is not None
    return load_outcome(case, point) is not None or (point.group == PLATFORM and is_unresolved(case, point))


def is_unrepeatable(case: Case, point: EntryPoint) -> bool:
    """Tell whether calling `point` again does not leave things as they are."""
    return any(not isinstance(outcome, Skip) for outcome in repeat_outcomes(case, point))
