"""Whose trouble an exception or a process's end is: the plugin's, the harness's, or told elsewhere.

A finding must rest on what the real release does. What fails because the reference engine models
less than the release, because a dependency is absent or because the sandbox refused something that
has a rule of its own is no finding of its own.
"""

import re
from collections.abc import Iterator

from plugin_matrix.model import Cause
from plugin_matrix.model.observation import Ended, Raised, Scenario
from plugin_matrix.rules.absence import doubt_about
from plugin_matrix.rules.case import Case
from plugin_matrix.rules.evidence import exception, finding, of_raised, plain
from plugin_matrix.rules.outcome import Doubt, Outcome, Skip
from plugin_matrix.rules.stand_ins import unless_of_stand_ins

_NO_PROCESS = re.compile(r"Resource temporarily unavailable|can't start new thread")
_MACHINE_FULL = re.compile(rf"{_NO_PROCESS.pattern}|Cannot allocate memory")
_REFUSED = re.compile(r"Permission denied|Read-only file system|Operation not permitted|Errno (?:1|13|30)\b")
_ACCELERATOR = re.compile(r"cuda|hip\b|rocm|npu|xpu|gpu|nvml|nvidia|accelerator", re.IGNORECASE)
PROBE_FAILED = 70
"""Status of a scenario's process when not the plugin's code but the probe's raised (`probe/processes.py`)."""

_LEAVES = {"SystemExit", "KeyboardInterrupt", "GeneratorExit"}
"""Exceptions that vLLM's `except Exception` around plugins lets through."""


def attribute(case: Case, ran: Scenario, raised: Raised, *, rule: str, subject: str, message: str) -> Outcome:
    """Return a finding by `rule` for `raised`, or what it rests on instead.

    `message` says what failed, without the exception.
    """
    if _is_companions(case, raised):
        return Skip("Another plugin that is installed beside this one fails.")
    if raised.type in _LEAVES:
        return finding("PM905", subject, f"{message} with {exception(raised)}.", of_raised(raised))
    elsewhere = _told_elsewhere(case, ran, raised)
    if elsewhere is not None:
        return elsewhere
    for wanting, want in _wanting(case, raised):
        return finding(wanting, subject, f"{message} for want of {want}.", of_raised(raised))
    doubt = doubt_about(case, ran, raised)
    return doubt or finding(rule, subject, f"{message}: {exception(raised)}", of_raised(raised))


def _wanting(case: Case, raised: Raised) -> Iterator[tuple[str, str]]:
    """Yield the rule of what the cell had no more of, and what that is."""
    if raised.type == "MemoryError":
        yield "PM908", "memory"
    elif case.execution.refused_forks and _NO_PROCESS.search(raised.message):
        yield "PM910", "processes and threads"


def abnormal_end(case: Case, ran: Scenario, *, subject: str, doing: str) -> Outcome | None:
    """Return what the end of a scenario's process says, None when the process reported.

    `doing` says what the plugin was at, for example `loading acme:register`.
    """
    ended = ran.ended
    if ended.how == "reported":
        return None
    if case.limit_broken is not None:
        return Skip(f"The cell broke a limit: see {case.limit_broken}.")
    if ended.how != "timeout" and case.cut_short:
        return Skip("The cell was ended from outside.")
    if ran.escaped is not None and ended.how == "exit" and ended.code == PROBE_FAILED:
        return doubt_about(case, ran, ran.escaped) or _escaped(case, ran.escaped, doing)
    return unless_of_stand_ins(ran, of_end(ended, subject, doing))


def _escaped(case: Case, raised: Raised, doing: str) -> Doubt:
    """Return why nothing is known where what the probe made use of raised."""
    if any(frame.origin == "plugin" for frame in raised.frames):
        return Doubt(Cause.PROBE, f"The plugin's code ended the probe while {doing}: {exception(raised)}.")
    place = raised.frames[-1]
    where = f"{plain(place.file)}:{place.line}"
    said = f"vLLM {case.release} itself fails while {doing}: {exception(raised)} ({where})"
    if place.origin != "other":
        return Doubt(Cause.PROBE, f"{said}.")
    package = plain(place.file.partition("/")[0].removesuffix(".py"))
    return Doubt(Cause.DEPENDENCY, f"{said}; it does not get on with the {package} that is installed.")


def of_end(ended: Ended, subject: str, doing: str) -> Outcome | None:
    """Return what the end of a process says that no limit of the cell's explains; `doing` as above."""
    signal = signal_name(ended.code)
    match ended.how:
        case "reported":
            return None
        case "timeout":
            return finding("PM907", subject, f"Still {doing} after {ended.seconds:.0f} s.")
        case "signal" if signal == "SIGXCPU":
            return finding("PM907", subject, f"Used up its processor time while {doing}.")
        case "signal":
            return finding("PM906", subject, f"The process was killed by {signal} while {doing}.")
        case "exit" if ended.code == PROBE_FAILED:
            return Doubt(Cause.PROBE, f"The probe itself failed while {doing}.")
        case "exit":
            return finding("PM905", subject, f"The process ended with status {ended.code} while {doing}.")


_SIGNALS = {
    1: "SIGHUP",
    2: "SIGINT",
    3: "SIGQUIT",
    4: "SIGILL",
    5: "SIGTRAP",
    6: "SIGABRT",
    7: "SIGBUS",
    8: "SIGFPE",
    9: "SIGKILL",
    10: "SIGUSR1",
    11: "SIGSEGV",
    12: "SIGUSR2",
    13: "SIGPIPE",
    14: "SIGALRM",
    15: "SIGTERM",
    24: "SIGXCPU",
    25: "SIGXFSZ",
    31: "SIGSYS",
}
"""Linux's numbers: cells run there, wherever their results are judged."""


def signal_name(number: int) -> str:
    """Return the name of a Linux signal."""
    return _SIGNALS.get(number, f"signal {number}")


def _told_elsewhere(case: Case, ran: Scenario, raised: Raised) -> Skip | None:
    """Return where the trouble is told when the exception is the refusal of something with its own rule."""
    if raised.type == "MemoryError" and case.limit_broken == "PM908":
        return Skip("The plugin used more memory than a cell may have: see PM908.")
    if case.limit_broken is not None and _MACHINE_FULL.search(raised.message):
        return Skip(f"The cell broke a limit: see {case.limit_broken}.")
    if _REFUSED.search(raised.message) and any(
        event.kind in {"write", "delete"} and not event.allowed for event in ran.events
    ):
        return Skip("The sandbox refused a write: see PM911.")
    for kind, rule in (("network", "PM901"), ("process", "PM903"), ("exec", "PM903")):
        if any(e.kind == kind and e.phase == "import" and not e.allowed for e in ran.events) and _is_refusal(
            raised
        ):
            return Skip(f"The sandbox refused what an import must not do: see {rule}.")
    if any(event.kind == "accelerator" for event in ran.events) and _ACCELERATOR.search(raised.message):
        return Skip("The accelerator was asked for: see PM904.")
    return None


def _is_companions(case: Case, raised: Raised) -> bool:
    """Tell whether an exception comes out of another plugin's code, with none of this one's on the way."""
    others = (one for one in case.discovered if not case.is_plugin(one) and one.distribution != "vllm")
    tops = {one.value.partition(":")[0].strip().partition(".")[0] for one in others} - case.tops
    return not any(frame.origin == "plugin" for frame in raised.frames) and any(
        frame.origin == "other" and frame.file.partition("/")[0].removesuffix(".py") in tops
        for frame in raised.frames
    )


def _is_refusal(raised: Raised) -> bool:
    """Tell whether an exception is of the family that refused system calls and connections raise."""
    kind = raised.type.rpartition(".")[2]
    return kind.endswith(("OSError", "IOError", "PermissionError", "ConnectionError", "URLError")) or (
        kind in {"gaierror", "timeout", "TimeoutError", "ConnectionRefusedError", "ConnectError", "herror"}
    )
