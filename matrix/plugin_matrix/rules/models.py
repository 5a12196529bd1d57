"""PM801 to PM811: the models that a plugin registers."""

import re
from collections.abc import Iterator

from plugin_matrix.model import Cause, Evidence
from plugin_matrix.model.observation import Child, Frame, ModelSeen, Raised
from plugin_matrix.rules.absence import doubt_about
from plugin_matrix.rules.attribution import abnormal_end, attribute
from plugin_matrix.rules.case import Case
from plugin_matrix.rules.evidence import finding, plain
from plugin_matrix.rules.outcome import Doubt, Note, Outcome, Skip
from plugin_matrix.rules.processes import lacking

_RULE_OF_METHOD = {
    "__init__": "PM803",
    "__new__": "PM803",
    "forward": "PM804",
    "__call__": "PM804",
    "compute_logits": "PM805",
}
"""Which rule a failure inside one of a model's methods belongs to."""

_CALLED = re.compile(r"(\w+)\(\) (?:missing|got|takes)")

_CONSTRUCTING = frozenset({"initialize_model", "construct", "construct_by_configs"})
"""Functions of the engines that call a model's constructor, underscores left out."""


WITHOUT_TOKENS = "the Python files of a release cannot compute any"


def models(case: Case) -> Iterator[Outcome]:
    """Judge each architecture that the plugin registered."""
    seen_any = False
    for seen in case.scenarios(ModelSeen):
        seen_any = True
        if seen.overrides is not None and seen.overrides != seen.target:
            message = (
                f"{plain(seen.architecture)} was {plain(seen.overrides)} before the plugin registered it."
            )
            evidence = Evidence(symbol=plain(seen.architecture), text=f"now {plain(seen.target)}")
            yield finding("PM811", seen.architecture, message, (evidence,))
        yield from _model(case, seen)
    if not seen_any:
        yield Skip("The plugin registers no model.")


def _model(case: Case, seen: ModelSeen) -> Iterator[Outcome]:
    """Yield what is wrong with one model; a step that fails silences the steps after it."""
    subject, target = seen.architecture, plain(seen.target)
    unusable = _inspection(case, seen)
    if unusable is not None:
        yield unusable
        return
    if _fails_check(case, seen):
        yield finding(
            "PM802",
            subject,
            f"{target} is neither a text-generation nor a pooling model by the check of vLLM {case.release}.",
            (Evidence(symbol=target),),
        )
        return
    if _is_lost_in_fork(case, seen):
        yield Skip("A forked child does not have the model: see PM613.")
        return
    yield from _tokens(case, seen)


def _tokens(case: Case, seen: ModelSeen) -> Iterator[Outcome]:
    """Judge what came of generating with a model that loads and passes the check."""
    subject, target = seen.architecture, plain(seen.target)
    ended = abnormal_end(case, seen, subject=subject, doing=f"running {target}")
    if seen.generate_raised is not None and (ended is None or seen.ended.how == "exit"):
        rule = rule_of_failure(seen.generate_raised)
        message = f"{target} {_STEP[rule]}"
        yield attribute(case, seen, seen.generate_raised, rule=rule, subject=subject, message=message)
    elif ended is not None:
        yield ended
    elif not seen.torch:
        yield Doubt(Cause.TORCH, f"{target} was not built: this platform has no torch.")
    elif not seen.generates:
        yield Note(f"{target} loads and passes the check; tokens were not asked for: {WITHOUT_TOKENS}.")
    elif not seen.tokens and not (seen.text_generation is False and seen.pooling):
        yield Doubt(Cause.PROBE, f"The probe did not run {target}.")
    elif seen.spawn_raised is not None:
        yield from _spawned(case, seen, seen.spawn_raised)
    elif seen.spawn_tokens and seen.tokens != seen.spawn_tokens:
        yield finding(
            "PM807",
            subject,
            f"{target} generates other tokens in a spawned engine core than in this process.",
            (
                Evidence(symbol=target, text=f"in this process: {seen.tokens[:20]}"),
                Evidence(symbol=target, text=f"in a spawned process: {seen.spawn_tokens[:20]}"),
            ),
        )


_STEP = {
    "PM803": "cannot be constructed",
    "PM804": "fails in forward",
    "PM805": "fails in compute_logits",
    "PM806": "cannot generate",
}


def _inspection(case: Case, seen: ModelSeen) -> Outcome | None:
    """Return why the engine cannot inspect or import a model, None when it can.

    The engine's own error (`failed to be inspected`) hides the import's, so that the import's is
    preferred, and a doubt about either is a doubt.
    """
    raised = [one for one in (seen.resolve_raised, seen.inspect_raised) if one is not None]
    if not raised:
        return None
    for one in raised:
        doubt = doubt_about(case, seen, one)
        if doubt is not None:
            return doubt
    message = f"{plain(seen.target)} cannot be inspected"
    return attribute(case, seen, raised[0], rule="PM801", subject=seen.architecture, message=message)


def _fails_check(case: Case, seen: ModelSeen) -> bool:
    """Tell whether a model is of no kind by the release's check; 0.6.3 asks and ignores the answer."""
    ignored = case.history.value(case.release, "failed_check_outcome") == "unused"
    return seen.text_generation is False and not ignored and not seen.pooling


def _is_lost_in_fork(case: Case, seen: ModelSeen) -> bool:
    """Tell whether generating failed because that was done in a fork, where the model is not registered."""
    raised = seen.generate_raised
    return (
        raised is not None
        and rule_of_failure(raised) == "PM806"
        and any(
            change.subject == seen.architecture
            for child in case.scenarios(Child)
            if child.method == "fork"
            for change in lacking(child)
        )
    )


def _spawned(case: Case, seen: ModelSeen, raised: Raised) -> Iterator[Outcome]:
    """Judge a model that generates here and not in a spawned engine core."""
    child = next((child for child in case.scenarios(Child) if child.method == "spawn"), None)
    if child is not None and (child.raised is not None or child.changes or child.ended.how != "reported"):
        yield Skip("A spawned child does not have the plugin's registrations: see PM614.")
        return
    message = f"{plain(seen.target)} generates here and fails in a spawned engine core"
    yield attribute(case, seen, raised, rule="PM614", subject=seen.architecture, message=message)


def rule_of_failure(raised: Raised) -> str:
    """Return which of a model's methods failed: PM803, PM804, PM805, or PM806 when it is none of them.

    The first of the model's known methods below the engine decides. When the call itself failed, so that
    none was entered, the TypeError names the method. What the engine does with the results is PM806.
    """
    entered = _entered(raised.frames)
    for frame in entered:
        if frame.function in _RULE_OF_METHOD:
            return _RULE_OF_METHOD[frame.function]
    called = _CALLED.search(raised.message) if raised.type == "TypeError" and not entered else None
    if called is not None:
        return _RULE_OF_METHOD.get(called[1], "PM806")
    constructing = any(frame.function.strip("_") in _CONSTRUCTING for frame in raised.frames)
    return "PM803" if constructing and not entered else "PM806"


def _entered(frames: tuple[Frame, ...]) -> list[Frame]:
    """Return the plugin's frames below the engine's first; those above are wrappers around the engine."""
    first = next((place for place, frame in enumerate(frames) if frame.origin == "engine"), 0)
    return [frame for frame in frames[first:] if frame.origin == "plugin"]
