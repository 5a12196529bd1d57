"""PM821 to PM851: entry points that hold classes and factories of one engine part."""

from collections.abc import Iterator

from plugin_matrix.model import Cause, EntryPoint
from plugin_matrix.model.observation import Component
from plugin_matrix.rules.attribution import abnormal_end, attribute
from plugin_matrix.rules.case import ENDPOINT, IO_PROCESSOR, LOGITS_PROCESSORS, STAT_LOGGER, Case
from plugin_matrix.rules.evidence import plain
from plugin_matrix.rules.loader import load_outcome, not_reported
from plugin_matrix.rules.outcome import Doubt, Outcome, Skip

RULE_OF_GROUP = {
    LOGITS_PROCESSORS: "PM821",
    IO_PROCESSOR: "PM831",
    STAT_LOGGER: "PM841",
    ENDPOINT: "PM851",
}


def components(case: Case) -> Iterator[Outcome]:
    """Judge each entry point of these groups, used as the engine uses it."""
    points = case.of_group(*RULE_OF_GROUP)
    if not points:
        yield Skip("The plugin has no entry point in these groups.")
    for point in points:
        if load_outcome(case, point) is not None:
            yield Skip(f"{plain(point.id)} did not load.")
            continue
        found = (
            seen for seen in case.scenarios(Component) if (seen.group, seen.name) == (point.group, point.name)
        )
        seen = next(found, None)
        if seen is None:
            yield not_reported(case, f"the use of {plain(point.id)}")
            continue
        outcome = _use(case, point, seen)
        if outcome is not None:
            yield outcome


def _use(case: Case, point: EntryPoint, seen: Component) -> Outcome | None:
    """Return what came of using a component, None when every step went well."""
    value = plain(point.value)
    step = plain(seen.used) or "the first step"
    raised = seen.load_raised or seen.use_raised
    ended = abnormal_end(case, seen, subject=point.id, doing=f"at {step} of {value}")
    if raised is not None and (ended is None or seen.ended.how == "exit"):
        doing = "being loaded as the engine does" if seen.load_raised is not None else step
        message = f"{value} fails on vLLM {case.release} at {doing}"
        rule = RULE_OF_GROUP[point.group]
        return attribute(case, seen, raised, rule=rule, subject=point.id, message=message)
    if ended is not None:
        return ended
    if seen.used:
        return None
    if seen.not_modelled:
        names = ", ".join(plain(name) for name in seen.not_modelled[:5])
        return Doubt(
            Cause.NOT_MODELLED, f"{value} was not used: the reference engine does not model {names}."
        )
    return Doubt(Cause.PROBE, f"{value} was not used.")
