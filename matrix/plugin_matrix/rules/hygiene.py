"""PM901 to PM904, PM911 and PM913: what a plugin does to its surroundings.

What ends a scenario's process (PM905 to PM907) is told by the check of that scenario.
"""

from collections.abc import Iterator

from plugin_matrix.model import EntryPoint, Evidence
from plugin_matrix.model.observation import Event, Load, Register, Scenario
from plugin_matrix.rules.case import Case
from plugin_matrix.rules.evidence import finding, of_event, plain
from plugin_matrix.rules.outcome import Outcome

SCRATCH = "$SCRATCH"

_DURING_IMPORT = {"network": "PM901", "process": "PM903", "exec": "PM903"}
_MESSAGE = {
    "PM901": "Importing it connects to {detail}.",
    "PM902": "Importing it writes or deletes {detail}.",
    "PM903": "Importing it starts {detail}.",
    "PM904": "Importing or calling it initialises the accelerator ({detail}).",
    "PM911": "It writes or deletes {detail}.",
    "PM913": "It reaches for {detail}.",
}


def hygiene(case: Case) -> Iterator[Outcome]:
    """Judge what the plugin did to its surroundings.

    The same module is imported in many scenarios, so that an effect is told of the first entry point it was
    seen with, and scenarios of the whole plugin add only effects of a kind that no entry point showed.
    """
    told: dict[str, set[str]] = {}
    for seen in case.observation.scenarios if case.observation is not None else ():
        if getattr(seen, "group", None) not in {None, *case.groups}:
            continue  # this release never loads it
        point = _entry_point(case, seen)
        for rule, effects in _side_effects(seen).items():
            fresh = {text: effect for text, effect in effects.items() if text not in told.get(rule, ())}
            if not fresh or (point is None and rule in told):
                continue
            told.setdefault(rule, set()).update(fresh)
            more = f" and {len(fresh) - 1} more" if len(fresh) > 1 else ""
            message = _MESSAGE[rule].format(detail=next(iter(fresh)) + more)
            yield finding(rule, point.id if point else case.plugin.name, message, fresh.values())


def _side_effects(seen: Scenario) -> dict[str, dict[str, Evidence]]:
    """Return evidence by rule and by what was touched."""
    found: dict[str, dict[str, Evidence]] = {}
    for event in seen.events:
        rule = rule_of_event(seen, event)
        if rule is not None:
            found.setdefault(rule, {}).setdefault(plain(event.detail, 120), of_event(event))
    if isinstance(seen, Load | Register) and seen.accelerator_initialised:
        found.setdefault("PM904", {"a context exists": Evidence(text="accelerator initialised")})
    return found


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
        case "escape":
            return "PM913"
        case "accelerator":
            # A platform or a model that is at work may use its device.
            return "PM904" if isinstance(seen, Load | Register) else None


def _entry_point(case: Case, seen: Scenario) -> EntryPoint | None:
    """Return the entry point that a scenario is about, None when it is about the whole plugin."""
    name, group = getattr(seen, "name", None), getattr(seen, "group", None)
    points = case.plugin.entry_points
    return next((one for one in points if one.name == name and group in {None, one.group}), None)
