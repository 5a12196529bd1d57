"""PM701 to PM709 and PM615: platform plugins."""

import re
from collections.abc import Iterator

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.model import Cause, EntryPoint, Evidence
from plugin_matrix.model.observation import PlatformSeen
from plugin_matrix.rules.attribution import abnormal_end, attribute
from plugin_matrix.rules.case import PLATFORM, Case
from plugin_matrix.rules.evidence import exception, finding, of_raised, plain
from plugin_matrix.rules.loader import load_outcome, not_reported
from plugin_matrix.rules.outcome import Doubt, Outcome, Skip

_ALWAYS_BUILTIN = frozenset({"cpu", "cuda", "rocm", "tpu", "xpu"})
_GONE_SINCE = {"openvino": "0.8.2", "hpu": "0.10.0", "neuron": "0.10.2"}
"""Built-in platforms of 0.7.0 that left (`builtin_platform_plugins`, `vllm/platforms/__init__.py`)."""

_CIRCLE = re.compile("partially initialized module '(?!vllm[.'])")
_CONFLICT = "Only one platform plugin can be activated"


def platform(case: Case) -> Iterator[Outcome]:
    """Judge each platform entry point and what the engine makes of it."""
    points = case.of_group(PLATFORM)
    if not points:
        yield Skip("The plugin has no platform entry point.")
    yield from _conflict(case)
    for point in points:
        yield from platform_outcomes(case, point)


def platform_outcomes(case: Case, point: EntryPoint) -> Iterator[Outcome]:
    """Yield what is wrong with one platform entry point."""
    if load_outcome(case, point) is not None:
        yield Skip(f"{plain(point.id)} did not load.")
        return
    seen = platform_seen(case, point)
    if seen is None:
        yield not_reported(case, f"the platform of {plain(point.id)}")
        return
    yield from _name(case, point, seen)
    outcome = function_outcome(case, point, seen)
    if outcome is not None:
        yield outcome
    elif returned_string(seen) is not None:
        yield from _class(case, point, seen)


def platform_seen(case: Case, point: EntryPoint) -> PlatformSeen | None:
    """Return what was seen of a platform entry point."""
    return next((seen for seen in case.scenarios(PlatformSeen) if seen.name == point.name), None)


def is_unresolved(case: Case, point: EntryPoint) -> bool:
    """Tell whether a platform that loads cannot become `current_platform`, which the platform check tells."""
    seen = platform_seen(case, point)
    return load_outcome(case, point) is None and (
        seen is None
        or seen.resolution_raised is not None
        or seen.class_raised is not None
        or seen.is_platform is False
        or function_outcome(case, point, seen) is not None
    )


def function_outcome(case: Case, point: EntryPoint, seen: PlatformSeen) -> Outcome | None:
    """Return what is wrong with the platform function itself, None when nothing is."""
    value = plain(point.value)
    ended = abnormal_end(case, seen, subject=point.id, doing=f"resolving the platform of {value}")
    if ended is not None and seen.ended.how != "exit":
        return ended
    for number, call in enumerate(seen.calls):
        if call.raised is not None:
            # A second call that fails where the first did not is an answer that changed.
            rule = "PM708" if number else "PM701"
            message = f"Call {number + 1} of {value} fails"
            return attribute(case, seen, call.raised, rule=rule, subject=point.id, message=message)
    if ended is not None:
        return ended
    return _value(point, seen)


def returned_string(seen: PlatformSeen) -> str | None:
    """Return the class that the platform function named, None when it named none."""
    return seen.value if seen.returned_type in {None, "str"} else None


def _value(point: EntryPoint, seen: PlatformSeen) -> Outcome | None:
    value = plain(point.value)
    if seen.returned_type not in {None, "NoneType", "str"}:
        returned = plain(seen.calls[0].returned or "", 80) if seen.calls else ""
        message = f"{value} returns a {plain(seen.returned_type or '')} {returned}".rstrip()
        return finding("PM702", point.id, f"{message}, not the dotted name of a class.", _answers(seen))
    named = returned_string(seen)
    if named is not None and not _is_dotted(named):
        message = f"{value} returns {plain(named, 80)!r}, which is not the dotted name of a class."
        return finding("PM702", point.id, message, _answers(seen))
    answers = [call.returned for call in seen.calls]
    if len(set(answers)) > 1:
        shown = ", then ".join(plain(answer or "None", 80) for answer in answers)
        return finding("PM708", point.id, f"{value} returns {shown}.", _answers(seen))
    return None


def _is_dotted(text: str) -> bool:
    """Tell whether `text` is `package.module.Class`; `pkg.mod:Class` is `register_model`'s form, not this."""
    parts = text.split(".")
    return len(parts) > 1 and all(part.isidentifier() for part in parts)


def _answers(seen: PlatformSeen) -> Iterator[Evidence]:
    for call in seen.calls:
        yield Evidence(text=f"call {call.index}: {plain(call.returned or 'None')}")


def _name(case: Case, point: EntryPoint, seen: PlatformSeen) -> Iterator[Outcome]:
    """Judge an entry point called like a platform that this release has itself."""
    if point.name not in builtin_platforms(case):
        return
    none = bool(seen.calls) and all(
        call.raised is None and call.returned in {None, "None"} for call in seen.calls
    )
    if none and seen.value is None and seen.returned_type in {None, "NoneType"}:
        message = f"The entry point is called {point.name} like vLLM's own platform and returns None."
        yield finding("PM706", point.id, message, _answers(seen))
    else:
        message = f"vLLM {case.release} has a platform of its own called {point.name}."
        yield finding("PM615", point.id, message, _answers(seen))


def builtin_platforms(case: Case) -> frozenset[str]:
    """Return the names of the release's own platforms."""
    return builtin_platform_names(case.release, case.history)


def builtin_platform_names(release: str, history: InterfaceHistory) -> frozenset[str]:
    """Return the names of a release's own platforms."""
    return _ALWAYS_BUILTIN | {
        name for name, gone in _GONE_SINCE.items() if not history.at_least(release, gone)
    }


def _conflict(case: Case) -> Iterator[Outcome]:
    """Judge two platforms that are active at once, the plugin's own or a companion's."""
    seen = [one for one in case.scenarios(PlatformSeen) if one.ended.how == "reported"]
    raised = [one.resolution_raised for one in seen if one.resolution_raised is not None]
    conflict = next((one for one in raised if one.message.startswith(_CONFLICT)), None)
    active = {one.name for one in seen if any(call.returned not in {None, "None"} for call in one.calls)}
    if conflict is None and len(active) < 2:  # noqa: PLR2004 - two conflict
        return
    ids = sorted(point.id for point in case.of_group(PLATFORM) if point.name in active)
    told = exception(conflict) if conflict is not None else f"{_CONFLICT}: {', '.join(sorted(active))}"
    yield finding(
        "PM705",
        " ".join(ids) or case.plugin.name,
        f"Two platforms are active at once: {plain(told)}",
        of_raised(conflict) if conflict is not None else (),
    )


def _class(case: Case, point: EntryPoint, seen: PlatformSeen) -> Iterator[Outcome]:
    """Judge the class that the platform function names."""
    name = plain(returned_string(seen) or "")
    if seen.class_raised is not None:
        message = f"{name} cannot be imported"
        yield attribute(case, seen, seen.class_raised, rule="PM703", subject=point.id, message=message)
        return
    if seen.is_platform is False:
        message = f"{name} is not a subclass of vllm.platforms.interface.Platform."
        yield finding("PM704", point.id, message, (Evidence(symbol=name),))
        return
    raised = seen.resolution_raised
    if raised is not None and not raised.message.startswith(_CONFLICT):
        message = f"{name} cannot become vllm.platforms.current_platform"
        yield attribute(case, seen, raised, rule="PM703", subject=point.id, message=message)
        return
    if seen.attn_backend_raised is not None and _CIRCLE.search(seen.attn_backend_raised.message):
        # Which module of the plugin comes first is for the engine's worker to decide, and none runs here.
        detail = (
            f"{exception(seen.attn_backend_raised)}, in an order of imports that may not be the engine's."
        )
        yield Doubt(Cause.NOT_MODELLED, detail)
    elif seen.attn_backend_raised is not None:
        message = f"{name}.get_attn_backend_cls, called as vLLM {case.release} calls it, fails"
        yield attribute(case, seen, seen.attn_backend_raised, rule="PM707", subject=point.id, message=message)
    unmodelled = {text.rpartition(".")[2] for text in seen.not_modelled}
    members = [plain(member, 80) for member in seen.not_implemented if member not in unmodelled]
    if members:
        message = f"{name} leaves {', '.join(members[:5])} unimplemented."
        yield finding("PM709", point.id, message, (Evidence(symbol=f"{name}.{one}") for one in members))
