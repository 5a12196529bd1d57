"""From an observation to a verdict: which checks were made, what they found, what that adds up to."""

import typing
from collections.abc import Callable, Iterable, Iterator

import msgspec

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.model import (
    Cause,
    Cell,
    Check,
    CheckStatus,
    Compatible,
    Evidence,
    Finding,
    Incompatible,
    Level,
    NotApplicable,
    Observation,
    Plugin,
    Reason,
    Tier,
    Undetermined,
    Verdict,
)
from plugin_matrix.model.observation import (
    Child,
    Component,
    Concurrent,
    FilterCase,
    Load,
    ModelSeen,
    PlatformSeen,
    Register,
    Scenario,
)
from plugin_matrix.rules.applicability import groups_not_read
from plugin_matrix.rules.calls import register, repeat
from plugin_matrix.rules.case import Case
from plugin_matrix.rules.components import components
from plugin_matrix.rules.decode import DecodeProblem
from plugin_matrix.rules.ending import ending, engine_outcome, tampering
from plugin_matrix.rules.filtering import filtered
from plugin_matrix.rules.hygiene import hygiene
from plugin_matrix.rules.loader import load
from plugin_matrix.rules.metadata import discovery
from plugin_matrix.rules.models import models
from plugin_matrix.rules.outcome import Doubt, Note, Outcome, Skip
from plugin_matrix.rules.platform import platform
from plugin_matrix.rules.processes import concurrent, fork, spawn
from plugin_matrix.rules.stand_ins import stood_in, with_stand_ins
from plugin_matrix.sandbox.protocol import Execution


class Judgement(msgspec.Struct, frozen=True):
    """What a cell came to."""

    verdict: Verdict
    checks: tuple[Check, ...]
    tiers: tuple[Tier, ...]
    """Kinds of evidence the verdict rests on; none when nothing ran to the point of telling anything."""
    stand_ins: tuple[str, ...] = ()
    """Absent modules that were stood in for."""


class CheckKind(msgspec.Struct, frozen=True):
    """One thing asked of every cell."""

    id: str
    title: str
    judge: Callable[[Case], Iterator[Outcome]]
    looks_at: tuple[type[Scenario], ...] = ()
    """Scenarios that it rests on."""


CHECKS = (
    CheckKind("discovery", "Metadata is sound and entry points are found", discovery),
    CheckKind("load", "Entry points load", load, (Load,)),
    CheckKind("register", "General plugins run in the engine's loader", register, (Register,)),
    CheckKind("repeat", "Calling again changes nothing", repeat, (Register,)),
    CheckKind("concurrent", "Calls from several threads do no harm", concurrent, (Concurrent,)),
    CheckKind("fork", "Forked workers have what the parent registered", fork, (Child,)),
    CheckKind("spawn", "Spawned workers have what the parent registered", spawn, (Child,)),
    CheckKind("filter", "VLLM_PLUGINS switches the plugin off", filtered, (FilterCase,)),
    CheckKind("platform", "The platform resolves and serves this release", platform, (PlatformSeen,)),
    CheckKind("models", "Registered models resolve, pass the check and generate", models, (ModelSeen,)),
    CheckKind("components", "Processors, loggers and endpoints fit this release", components, (Component,)),
    CheckKind("hygiene", "No side effects, no limits broken", hygiene, typing.get_args(Scenario)),
)
"""Every check, in the order in which results list them."""

CAUSES = (
    Cause.INTERRUPTED,
    Cause.ENVIRONMENT,
    Cause.PROBE,
    Cause.NOT_MODELLED,
    Cause.DEPENDENCY,
    Cause.STAND_IN,
    Cause.TIMEOUT,
    Cause.TORCH,
)
"""Which cause is told when there are several; torch last, for it is missed only when nothing else is."""


def judge(
    *,
    plugin: Plugin,
    cell: Cell,
    execution: Execution,
    observation: Observation | DecodeProblem | None,
    history: InterfaceHistory,
    has_torch: bool,
) -> Judgement:
    """Judge one cell; never raises for anything an observation can hold."""
    seen: Observation | None = None
    problem: DecodeProblem | None = None
    match observation:
        case Observation():
            seen = observation
        case DecodeProblem():
            problem = observation
        case None:
            problem = DecodeProblem("The probe left no result.")
    case = Case(
        plugin=plugin, cell=cell, execution=execution, observation=seen, history=history, has_torch=has_torch
    )
    scenarios = seen.scenarios if seen is not None else ()
    made = {
        kind.id: with_stand_ins(
            _outcomes(case, kind, problem),
            stood_in(one for one in scenarios if isinstance(one, kind.looks_at)),
        )
        for kind in CHECKS
    }
    told = [outcome for outcomes in made.values() for outcome in outcomes]
    verdict = _verdict(case, told)
    if isinstance(verdict, NotApplicable):
        return Judgement(verdict, (), ())
    checks = tuple(_check(kind.id, made[kind.id]) for kind in CHECKS)
    ran = seen is not None or any(isinstance(one, Finding) and one.rule.startswith("PM9") for one in told)
    tier = Tier.ENGINE if cell.engine.is_real else Tier.CONTRACT
    return Judgement(verdict, checks, (tier,) if ran else (), stood_in(scenarios))


def _outcomes(case: Case, kind: CheckKind, problem: DecodeProblem | None) -> Iterator[Outcome]:
    """Yield what a check comes to; what makes the whole cell unsound leaves only that and the metadata."""
    if kind.id == "discovery":
        yield from discovery(case)
        yield from engine_outcome(case)
        return
    whole = (*tampering(case), *ending(case, problem))
    if kind.id == "hygiene":
        yield from whole
    spoilt = next((one for one in whole if isinstance(one, Finding)), None)
    if spoilt is not None:
        if kind.id != "hygiene":
            yield Skip(f"The cell says nothing more: see {spoilt.rule}.")
    elif case.observation is None or case.observation.engine_raised is not None:
        if kind.id != "hygiene":
            yield Skip("The plugin was not run.")
    else:
        yield from kind.judge(case)


def _verdict(case: Case, told: Iterable[Outcome]) -> Verdict:
    """Decide: a finding at error level, then what keeps from knowing, then what the release does not read."""
    found = _distinct(outcome for outcome in told if isinstance(outcome, Finding))
    if any(one.level is Level.ERROR for one in found):
        return Incompatible(found)
    if groups_not_read(case.plugin, case.groups, case.history):
        named = ", ".join(sorted({point.group for point in case.plugin.entry_points}))
        return NotApplicable(Reason.GROUPS_NOT_READ, f"vLLM {case.release} does not read {named}.")
    doubts = [outcome for outcome in told if isinstance(outcome, Doubt)]
    if doubts:
        first = min(doubts, key=lambda doubt: CAUSES.index(doubt.cause))
        return Undetermined(first.cause, first.detail, found)
    return Compatible(found)


def _distinct(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings, those of one rule about one subject as one with the evidence of all."""
    merged: dict[tuple[str, str], Finding] = {}
    for one in findings:
        key = (one.rule, one.subject)
        known = merged.get(key)
        if known is None:
            merged[key] = one
        else:
            evidence: tuple[Evidence, ...] = tuple(dict.fromkeys((*known.evidence, *one.evidence)))
            merged[key] = msgspec.structs.replace(known, evidence=evidence)
    return tuple(sorted(merged.values(), key=lambda one: (one.rule, one.subject)))


def _check(name: str, outcomes: tuple[Outcome, ...]) -> Check:
    """Sum a check up; advice alone does not fail it."""
    rules = sorted(
        {one.rule for one in outcomes if isinstance(one, Finding) and one.level is not Level.ADVICE}
    )
    if rules:
        return Check(name, CheckStatus.FAILED, ", ".join(rules))
    doubts = [one.detail for one in outcomes if isinstance(one, Doubt)]
    if doubts:
        return Check(name, CheckStatus.UNDETERMINED, doubts[0])
    skips = [one.reason for one in outcomes if isinstance(one, Skip)]
    if skips:
        return Check(name, CheckStatus.SKIPPED, skips[0])
    notes = [one.text for one in outcomes if isinstance(one, Note)]
    return Check(name, CheckStatus.PASSED, notes[0] if notes else "")
