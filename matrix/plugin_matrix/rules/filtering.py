"""PM610: `VLLM_PLUGINS` switches a plugin off, wholly."""

from collections.abc import Iterator

from plugin_matrix.model import Evidence
from plugin_matrix.model.observation import FilterCase
from plugin_matrix.rules.attribution import abnormal_end, attribute
from plugin_matrix.rules.calls import is_troubled
from plugin_matrix.rules.case import GENERAL, PLATFORM, Case
from plugin_matrix.rules.evidence import finding, plain
from plugin_matrix.rules.outcome import Outcome, Skip
from plugin_matrix.rules.processes import subject_of


def filtered(case: Case) -> Iterator[Outcome]:
    """Judge what ran and what was imported under each value of `VLLM_PLUGINS`."""
    points = case.of_group(GENERAL, PLATFORM)
    if not points:
        yield Skip("The plugin has no entry point that load_general_plugins or the platform reads.")
        return
    troubled = any(is_troubled(case, point) for point in points)
    told: set[str] = set()
    for seen in case.scenarios(FilterCase):
        for outcome in _judge(case, seen, subject_of(case, points), troubled=troubled):
            key = outcome.reason if isinstance(outcome, Skip) else repr(getattr(outcome, "subject", outcome))
            if key not in told:
                told.add(key)
                yield outcome


def _judge(case: Case, seen: FilterCase, subject: str, *, troubled: bool) -> Iterator[Outcome]:
    setting = "unset" if seen.value is None else f"{plain(seen.value)!r}"
    for unasked in sorted(set(seen.called) - set(seen.named)):
        yield finding(
            "PM610",
            unasked,
            f"{plain(unasked)} runs with VLLM_PLUGINS={setting}.",
            (Evidence(symbol=plain(unasked), text=f"VLLM_PLUGINS={setting}"),),
        )
    if seen.imported and not seen.named and not seen.called:
        modules = ", ".join(plain(module, 80) for module in seen.imported[:5])
        yield finding(
            "PM610",
            subject,
            f"{modules} is imported with VLLM_PLUGINS={setting}, which names none of the entry points.",
            (Evidence(symbol=modules, text=f"VLLM_PLUGINS={setting}"),),
        )
    if not seen.named:
        return  # nothing of the plugin's was to run: what fails here is not its doing, or is told above
    if troubled:
        yield Skip("An entry point does not load or run, whatever VLLM_PLUGINS says.")
        return
    doing = f"loading plugins with VLLM_PLUGINS={setting}"
    ended = abnormal_end(case, seen, subject=subject, doing=doing)
    if seen.raised is not None and (ended is None or seen.ended.how == "exit"):
        message = f"Loading plugins with VLLM_PLUGINS={setting} fails"
        yield attribute(case, seen, seen.raised, rule="PM604", subject=subject, message=message)
    elif ended is not None:
        yield ended
