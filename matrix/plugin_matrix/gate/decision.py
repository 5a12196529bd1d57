"""The exit code that a run's results deserve."""

from plugin_matrix.errors import ExitCode
from plugin_matrix.model import Results


def decide(results: Results) -> ExitCode:
    """Return the exit code for `results`: the first that applies of a fixed order.

    Interrupted, then input that could not be used, then incompatible, then undetermined.
    A run in which no cell was judged is not a success but `NOTHING_TO_CHECK`.
    """
    totals = results.totals
    if not results.complete:
        return ExitCode.INTERRUPTED
    problems = {problem.exit_code for problem in results.problems}
    if ExitCode.USAGE in problems:
        return ExitCode.USAGE
    if totals.incompatible:
        return ExitCode.INCOMPATIBLE
    if totals.undetermined or ExitCode.UNDETERMINED in problems:
        return ExitCode.UNDETERMINED
    if not totals.compatible or problems:
        return ExitCode.NOTHING_TO_CHECK
    return ExitCode.COMPATIBLE
