"""From the project's settings to the gate's decision on results."""

import datetime as dt

import msgspec

from plugin_matrix.cli.saying import say
from plugin_matrix.config import Settings
from plugin_matrix.errors import BaselineError
from plugin_matrix.gate import Policy, decide, mark_known
from plugin_matrix.gate.baseline import MAKE, read_baseline
from plugin_matrix.gate.engine import decide_engine
from plugin_matrix.gate.known import Marked
from plugin_matrix.model import GateMode, Level, Results
from plugin_matrix.report.decision import decision_text
from plugin_matrix.run.policy import Chosen, chosen_engines
from plugin_matrix.run.tailoring import Tailoring, tailored


def today() -> dt.date:
    """Return the day that policies and known problems are held against, in UTC."""
    return dt.datetime.now(dt.UTC).date()


def policy_of(settings: Settings) -> Policy:
    """Return what the project wants of the gate.

    One that is not there yet is needed by the gate for what is new alone. Raises `BaselineError`.
    """
    values, file = settings.values, settings.baseline
    stated = None if values.gate is None else GateMode(values.gate)
    baseline = None
    if file is not None and (file.exists() or stated in {None, GateMode.NEW}):
        baseline = read_baseline(file)
    if stated is GateMode.NEW and baseline is None:
        raise BaselineError(
            "The gate for what is new needs a baseline, and none is named.",
            next_step=f"Name one with --baseline or in [tool.plugin-matrix]; {MAKE}",
        )
    by_default = GateMode.ALL if baseline is None else GateMode.NEW
    return Policy(
        mode=stated or by_default,
        fail_on=Level(values.fail_on),
        baseline=baseline,
    )


def decided(results: Results, settings: Settings, policy: Policy) -> Results:
    """Return `results` as the project wants them told, with its known problems marked and the decision."""
    marked = _marked(results, settings)
    return msgspec.structs.replace(marked.results, decision=decide(marked.results, policy, marked.stale))


def decided_on_engine(
    results: Results, settings: Settings, policy: Policy, release: str, before: str | None
) -> Results:
    """Return the same of plugins that were held against one engine and the release before it."""
    marked = _marked(results, settings)
    decision = decide_engine(marked.results, release, before, policy, marked.stale)
    return msgspec.structs.replace(marked.results, decision=decision)


def _marked(results: Results, settings: Settings) -> Marked:
    values = settings.values
    levels = {rule: Level(level) for rule, level in values.levels.items()}
    wanted = tailored(results, Tailoring(select=values.select, ignore=values.ignore, levels=levels))
    return mark_known(wanted, values.known_problems, today())


def engines_of(settings: Settings, releases: tuple[str, ...]) -> Chosen:
    """Return the engines that the settings name, with policies resolved against `releases`, oldest first."""
    return chosen_engines(settings.values.engine_terms, releases, today())


def told_decision(results: Results, settings: Settings, *, err: bool = False) -> int:
    """Print what the gate decided, where the project has anything to decide by, and return the exit code.

    Where no baseline, no known problem and no gate is given the report has said it all.
    """
    decision = results.decision
    if decision is None:
        raise AssertionError("results without a decision")
    told = decision.baseline is not None or settings.values.gate or settings.values.known_problems
    if told or settings.values.fail_on != Level.ERROR.value:
        say(decision_text(decision), err=err)
    return decision.exit_code
