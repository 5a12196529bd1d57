"""PM905 to PM910, PM912 and PM914: limits, tampering, how Python started and how the execution ended."""

from collections.abc import Iterator

from packaging.version import InvalidVersion, Version

from plugin_matrix.engines.needs import Needs
from plugin_matrix.model import Cause, Evidence
from plugin_matrix.rules.attribution import of_end, signal_name
from plugin_matrix.rules.case import Case
from plugin_matrix.rules.decode import DecodeProblem
from plugin_matrix.rules.evidence import exception, finding, plain
from plugin_matrix.rules.outcome import Doubt, Outcome
from plugin_matrix.sandbox.protocol import End

LAST = 400
"""Characters of the output's end that show what a flood is made of."""

_CRASHES = frozenset({4, 5, 6, 7, 8, 11, 31})
"""Signals a process brings on itself; the probe's driver runs no plugin code, so these are our trouble."""


def engine_outcome(case: Case) -> Iterator[Outcome]:
    """Judge whether the engine is the one asked for; what is wrong with it is no plugin's trouble."""
    seen = case.observation
    if seen is None:
        return
    if seen.engine_raised is not None:
        yield Doubt(Cause.ENVIRONMENT, f"import vllm fails: {exception(seen.engine_raised)}")
        return
    try:
        version = Version(seen.engine_version)
    except InvalidVersion:
        return  # source checkouts call themselves `dev`
    engine = case.cell.engine
    expected = Needs.load().version_told(engine) if engine.is_real else engine.version.public
    if version.public != expected:
        yield Doubt(Cause.ENVIRONMENT, f"The environment holds vLLM {version}, not {case.release}.")


def tampering(case: Case) -> Iterator[Outcome]:
    """Judge what the probe noticed of attempts on itself; a cell that broke a limit proves nothing here."""
    if case.observation is None or case.cut_short or case.limit_broken is not None:
        return
    if case.observation.tampering:
        told = [plain(text) for text in case.observation.tampering]
        message = f"The probe was interfered with: {told[0]}."
        yield finding("PM912", case.plugin.name, message, (Evidence(text=text) for text in told))


def ending(case: Case, problem: DecodeProblem | None) -> Iterator[Outcome]:
    """Judge how the whole execution ended, and why there may be no observation."""
    execution, name = case.execution, case.plugin.name
    match execution.end:
        case End.MEMORY:
            used = _mebibytes(execution.peak_memory)
            yield finding("PM908", name, f"The cell was ended for using too much memory{used}.")
        case End.OUTPUT:
            size = execution.output_bytes // 1024**2
            message = f"The cell was ended after it had printed {size} MiB."
            yield finding("PM909", name, message, (Evidence(text=plain(execution.output[-LAST:])),))
        case End.PROCESSES:
            yield finding("PM910", name, "The cell was ended for starting too many processes or threads.")
        case End.INTERRUPTED:
            yield Doubt(Cause.INTERRUPTED, "The run was interrupted before this cell was done.")
        case End.WALL_TIME:
            yield Doubt(Cause.TIMEOUT, f"The cell was not done after {execution.seconds:.0f} s.")
        case End.EXITED | End.SIGNALLED:
            if case.limit_broken is None:
                yield from _of_program(case, problem)
    if case.limit_broken == "PM910" and execution.end is not End.PROCESSES:
        message = f"The limit on processes was hit {execution.refused_forks} times."
        yield finding("PM910", name, message)


def _of_program(case: Case, problem: DecodeProblem | None) -> Iterator[Outcome]:
    """Judge a program that ended by itself: by what it left, and by the start of Python that it saw."""
    seen, execution = case.observation, case.execution
    if problem is not None and execution.scratch_full:
        yield finding(
            "PM914", case.plugin.name, "It filled its scratch, and nothing could be written any more."
        )
        return
    if problem is None and (execution.end is End.SIGNALLED or execution.code != 0):
        # The probe writes its result last of all and then ends well: this one may be another's.
        problem = DecodeProblem("What lay in the place of its result is not its own.")
    if problem is not None:
        yield _no_result(case, problem)
    elif seen is not None and seen.start_ended is not None and not seen.tampering:
        outcome = of_end(seen.start_ended, case.plugin.name, "starting Python with the plugin installed")
        if outcome is not None:
            yield outcome


def _mebibytes(size: int | None) -> str:
    return "" if size is None else f" ({size // 1024**2} MiB at its height)"


def _no_result(case: Case, problem: DecodeProblem) -> Outcome:
    """Judge a program that ended by itself and left no observation.

    Nothing of the plugin's runs in the process that writes the result, and none of our limits sends a
    signal, so one from outside is the plugin's. A result that cannot be read may be our own mistake.
    """
    execution = case.execution
    why = execution.result_problem or problem.message
    if execution.end is End.SIGNALLED and execution.code not in _CRASHES:
        return finding(
            "PM912",
            case.plugin.name,
            f"The probe was killed by {signal_name(execution.code)} while no limit was reached.",
            (Evidence(text=plain(why)),),
        )
    ended = (
        f"was killed by {signal_name(execution.code)}"
        if execution.end is End.SIGNALLED
        else f"ended with status {execution.code}"
    )
    return Doubt(Cause.PROBE, f"The probe {ended}: {plain(why)} {plain(execution.output[-LAST:])}".rstrip())
