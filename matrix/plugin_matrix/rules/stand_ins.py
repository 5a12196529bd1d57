"""What rests on stand-ins for absent modules: verdicts that are marked, and failures that prove nothing.

A stand-in has an answer for everything, and none of them is the vendor's. What fails after the plugin took
such an answer is no finding, unless it plainly is about vLLM.
"""

import re
from collections.abc import Iterable

import msgspec

from plugin_matrix.model import Cause, Finding
from plugin_matrix.model.observation import Raised, Scenario
from plugin_matrix.rules.evidence import exception, plain
from plugin_matrix.rules.outcome import Doubt, Outcome

_ANSWERS = {"call", "value"}
_BINDING = re.compile(
    r"\(\) (?:got an unexpected keyword argument|missing \d+ required|takes .*positional argument"
    r"|got multiple values)|^Can't instantiate abstract class"
)
"""What Python says of calls and classes whatever the values are; a stand-in's call never says it."""
_SHOWN = 3


def stood_in(scenarios: Iterable[Scenario]) -> tuple[str, ...]:
    """Return the top modules that were stood in for, sorted."""
    imported = (use.path for ran in scenarios for use in ran.stand_ins if use.kind == "import")
    return tuple(sorted({plain(path.partition(".")[0]) for path in imported}))


def with_stand_ins(outcomes: Iterable[Outcome], names: tuple[str, ...]) -> tuple[Outcome, ...]:
    """Return the outcomes, findings among them marked with what was stood in for where they were seen."""
    return tuple(
        msgspec.structs.replace(one, stand_ins=names) if names and isinstance(one, Finding) else one
        for one in outcomes
    )


def doubt_of_stand_ins(ran: Scenario, raised: Raised) -> Doubt | None:
    """Return the doubt that answers of stand-ins cast on an exception, None where there were none."""
    if "stand-in for" not in raised.message and (
        not _answers(ran) or (raised.type == "TypeError" and _BINDING.search(raised.message))
    ):
        return None
    return Doubt(Cause.STAND_IN, f"{exception(raised)}, after it took {_told(ran)}.")


def unless_of_stand_ins(ran: Scenario, outcome: Outcome | None) -> Outcome | None:
    """Return `outcome`, or where it is a finding and rests on answers of stand-ins, that doubt."""
    if isinstance(outcome, Finding) and _answers(ran):
        return Doubt(Cause.STAND_IN, f"{outcome.message} It had taken {_told(ran)}.")
    return outcome


def _answers(ran: Scenario) -> list[str]:
    return [use.path for use in ran.stand_ins if use.kind in _ANSWERS]


def _told(ran: Scenario) -> str:
    answers = list(dict.fromkeys(plain(path) for path in _answers(ran)))
    more = f" and {len(answers) - _SHOWN} more" if len(answers) > _SHOWN else ""
    return f"what stood in for {', '.join(answers[:_SHOWN])}{more}" if answers else "a stand-in"
