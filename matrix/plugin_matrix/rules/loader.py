"""PM601 to PM603, PM611 and PM615: what an entry point names, and the company its name keeps."""

from collections.abc import Iterator

from packaging.utils import canonicalize_name

from plugin_matrix.model import Cause, EntryPoint, Evidence
from plugin_matrix.model.observation import EntryPointSeen, Raised
from plugin_matrix.rules.absence import is_requirement
from plugin_matrix.rules.applicability import wheel_fits
from plugin_matrix.rules.attribution import abnormal_end, attribute
from plugin_matrix.rules.case import ENDPOINT, GENERAL, IO_PROCESSOR, LOGITS_PROCESSORS, PLATFORM, Case
from plugin_matrix.rules.evidence import finding, plain
from plugin_matrix.rules.outcome import Doubt, Outcome, Skip

CALLED = (GENERAL, PLATFORM, IO_PROCESSOR, ENDPOINT)
"""Groups whose objects the engine calls without arguments; the others hold classes."""

LONG_SECONDS = 60.0
"""A cell that took longer was short of time; without trouble one takes a few seconds."""


def load(case: Case) -> Iterator[Outcome]:
    """Judge the loading of each entry point, and the company its name keeps."""
    if not case.read:
        yield Skip("This release reads none of the plugin's groups.")
    for point in case.read:
        outcome = load_outcome(case, point)
        if outcome is not None:
            yield outcome
    yield from _collisions(case)


def load_outcome(case: Case, point: EntryPoint) -> Outcome | None:
    """Return what is wrong with loading `point`, None when it loads."""
    seen = case.load(point)
    if seen is None:
        return not_reported(case, f"loading {plain(point.id)}")
    ended = abnormal_end(case, seen, subject=point.id, doing=f"importing {plain(point.value)}")
    if seen.raised is not None and (ended is None or seen.ended.how == "exit"):
        if is_target_missing(case, point, seen.raised):
            tags, platform = case.plugin.wheel_tags, case.cell.platform
            if not wheel_fits(tags, platform):
                wheel = plain(", ".join(tags))
                return Doubt(
                    Cause.DEPENDENCY, f"{platform.id} imports no compiled module of a wheel for {wheel}."
                )
            rule, message = "PM602", f"{plain(point.value)} names nothing that exists"
        else:
            # In the group of logits processors a failing import is fatal, so it has that group's rule.
            rule = "PM821" if point.group == LOGITS_PROCESSORS else "PM601"
            message = f"Importing {plain(point.value)} fails"
        return attribute(case, seen, seen.raised, rule=rule, subject=point.id, message=message)
    if ended is not None:
        return ended
    if point.group in CALLED and seen.object is not None and not seen.object.callable:
        what = "a module" if seen.object.kind == "module" else f"a {plain(seen.object.qualname)}"
        return finding(
            "PM603",
            point.id,
            f"{plain(point.value)} is {what}, which cannot be called.",
            (Evidence(file="entry_points.txt", symbol=plain(point.value)),),
        )
    return None


def not_reported(case: Case, what: str) -> Outcome:
    """Return why nothing is known of `what`, which the probe should have reported."""
    if case.cut_short:
        return Skip("The cell was ended before this.")
    # The probe leaves out what it has no time left for.
    cause = Cause.TIMEOUT if case.execution.seconds >= LONG_SECONDS else Cause.PROBE
    return Doubt(cause, f"The probe reported nothing about {what}.")


def is_target_missing(case: Case, point: EntryPoint, raised: Raised) -> bool:
    """Tell whether `raised` says that the very object `point` names is not there.

    An error out of the module's own code is a failing import instead, even when it is about another
    module of the plugin.
    """
    module, _, attributes = (part.strip() for part in point.value.partition(":"))
    if raised.type == "ModuleNotFoundError" and raised.missing_module is not None:
        wanted = raised.missing_module
        named = module == wanted or module.startswith(f"{wanted}.")
        inside = any(frame.origin == "plugin" for frame in raised.frames) and module == wanted
        return named and not inside and not is_requirement(case, wanted.partition(".")[0])
    if raised.type == "AttributeError" and raised.missing_name is not None:
        innermost = raised.frames[-1] if raised.frames else None
        in_code = (
            innermost is not None and innermost.origin == "plugin" and innermost.function != "__getattr__"
        )
        return raised.missing_name in attributes.split(".") and not in_code
    return False


def _collisions(case: Case) -> Iterator[Outcome]:
    """Judge names that two entry points of one group share.

    Before 0.7.0 both were called; since then they are kept by name (`vllm/plugins/__init__.py:41`,
    0.7.0). Logits processors are a list and cannot collide.
    """
    if not case.since("0.7.0"):
        return
    for point in case.read:
        if point.group == LOGITS_PROCESSORS:
            continue
        others = [
            seen
            for seen in case.discovered
            if (seen.group, seen.name) == (point.group, point.name)
            and not (case.is_plugin(seen) and seen.value == point.value)
        ]
        builtin = [seen for seen in others if canonicalize_name(seen.distribution) == "vllm"]
        if builtin:
            yield finding(
                "PM615",
                point.id,
                f"vLLM {case.release} has a plugin of its own called {plain(point.name)}.",
                map(_declared, builtin),
            )
        elif others:
            owners = ", ".join(sorted({plain(seen.distribution) for seen in others}))
            yield finding(
                "PM611",
                point.id,
                f"{plain(point.name)} is also declared by {owners}.",
                map(_declared, others),
            )


def _declared(seen: EntryPointSeen) -> Evidence:
    return Evidence(
        file="entry_points.txt",
        symbol=plain(seen.name),
        text=f"{plain(seen.distribution)}: [{plain(seen.group)}] {plain(seen.name)} = {plain(seen.value)}",
    )
