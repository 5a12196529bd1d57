"""PM901 to PM904 and PM911: what a plugin does to its surroundings.

What ends a scenario's process (PM905 to PM907) is told by the check of that scenario.
"""

from collections.abc import Iterable, Iterator

from plugin_matrix.model import EntryPoint, Finding
from plugin_matrix.model.observation import Event, Load, Register, Scenario
from plugin_matrix.rules.case import Case
from plugin_matrix.rules.evidence import at, finding, of_event, plain
from plugin_matrix.rules.outcome import Outcome

SCRATCH = "$SCRATCH"

_DURING_IMPORT = {"network": "PM901", "process": "PM903", "exec": "PM903"}
_MESSAGE = {
    "PM901": "Importing it connects to {detail}.",
    "PM902": "Importing it writes or deletes {detail}.",
    "PM903": "Importing it starts {detail}.",
    "PM904": "Importing or calling it initialises the accelerator ({detail}).",
    "PM911": "It writes or deletes {detail}.",
}


def hygiene(case: Case) -> Iterator[Outcome]:
    """Judge what the plugin did to its surroundings."""
    if case.observation is None:
        return
    told: set[tuple[str, str]] = set()
    for seen in case.observation.scenarios:
        if getattr(seen, "group", None) not in {None, *case.groups}:
            continue  # this release never loads it
        for outcome in _side_effects(case, seen):
            # The same module is imported in many scenarios; its effects are told once.
            detail = outcome.evidence[0].text or ""
            if (outcome.rule, detail) not in told and (outcome.rule, outcome.subject) not in told:
                told |= {(outcome.rule, detail), (outcome.rule, outcome.subject)}
                yield outcome


def _side_effects(case: Case, seen: Scenario) -> Iterator[Finding]:
    subject = _subject(case, seen)
    for event in seen.events:
        rule = rule_of_event(seen, event)
        if rule is not None:
            message = _MESSAGE[rule].format(detail=plain(event.detail, 120))
            yield finding(rule, subject, message, (of_event(event),))
    if isinstance(seen, Load | Register) and seen.accelerator_initialised:
        message = _MESSAGE["PM904"].format(detail="a context exists afterwards")
        yield finding("PM904", subject, message, (at((), "accelerator initialised", None),))


def rule_of_event(seen: Scenario, event: Event) -> str | None:
    """Return the rule that an operation breaks, None when it is the plugin's good right.

    Outside its scratch a plugin was given nothing, so that what it writes there counts whether this
    machine's sandbox could refuse it or not.
    """
    match event.kind:
        case "write" | "delete":
            if not event.detail.startswith(SCRATCH):
                return "PM911"
            return "PM902" if event.phase == "import" else None
        case "network" | "process" | "exec":
            return _DURING_IMPORT[event.kind] if event.phase == "import" else None
        case "accelerator":
            # A platform or a model that is at work may use its device.
            return "PM904" if isinstance(seen, Load | Register) else None


def _subject(case: Case, seen: Scenario) -> str:
    name = getattr(seen, "name", None)
    group = getattr(seen, "group", None)
    points: Iterable[EntryPoint] = case.plugin.entry_points
    found = [point.id for point in points if point.name == name and group in {None, point.group}]
    return found[0] if found else case.plugin.name
