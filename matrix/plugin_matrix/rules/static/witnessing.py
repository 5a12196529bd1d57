"""Which programs to run on which real releases for the errors told from source, and what they show."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Literal

import msgspec

from plugin_matrix.model import Confirmation, Level, SurfaceFinding, SurfaceResult, Witness
from plugin_matrix.model.witness import Program

Key = tuple[str, str, Level]
Programs = Mapping[Key, Program]
"""By rule, subject and level of the finding."""


class Ran(msgspec.Struct, frozen=True):
    """How far a program came on one release."""

    step: Literal["worked", "failed", "reach", "no-call"]
    """`failed` at its point; `reach`: it did not come that far; `no-call`: vLLM makes no such call."""
    type: str = ""
    message: str = ""

    @property
    def said(self) -> str:
        """What was raised, as one line."""
        return f"{self.type}: {self.message}" if self.type else self.message


RunPrograms = Callable[[str, tuple[Program, ...]], tuple[Ran, ...]]
"""Runs programs on a release, and returns as many results in their order."""


def key_of(finding: SurfaceFinding) -> Key:
    """Return what a finding's program is found by."""
    return finding.rule, finding.subject, finding.level


def confirmed(result: SurfaceResult, programs: Programs, run: RunPrograms) -> SurfaceResult:
    """Return `result` with a witness for every error in what the plugin's source does with vLLM."""
    wanted: dict[str, dict[Program, None]] = defaultdict(dict)
    for finding in result.findings:
        program = programs.get(key_of(finding))
        if program is not None and _is_meant(finding):
            for release in (_failing(finding), _working(finding, result)):
                if release is not None:
                    wanted[release][program] = None
    ran: dict[tuple[str, Program], Ran] = {}
    for release, asked in wanted.items():
        for program, one in zip(asked, run(release, tuple(asked)), strict=True):
            ran[release, program] = one
    findings = tuple(
        msgspec.structs.replace(
            one, witness=_witness(one, programs.get(key_of(one)), _working(one, result), ran)
        )
        if _is_meant(one)
        else one
        for one in result.findings
    )
    return msgspec.structs.replace(result, findings=findings)


def _is_meant(finding: SurfaceFinding) -> bool:
    return finding.level is Level.ERROR and not finding.rule.startswith("PM1")


def _failing(finding: SurfaceFinding) -> str:
    """Return the release on which the program is predicted to fail: the first that broke."""
    return finding.since or finding.broken[0]


def _working(finding: SurfaceFinding, result: SurfaceResult) -> str | None:
    """Return one on which it is predicted to work: the last before the break, else the first after it.

    Releases that lack what holds the subject are none.
    """
    broken = set(finding.broken)
    for other in result.findings:
        if finding.subject.startswith(f"{other.subject}."):
            broken.update(other.broken)
    place = result.releases.index(_failing(finding))
    before = (release for release in reversed(result.releases[:place]) if release not in broken)
    after = (release for release in result.releases[place:] if release not in broken)
    return next(before, None) or next(after, None)


def _witness(
    finding: SurfaceFinding,
    program: Program | None,
    working: str | None,
    ran: Mapping[tuple[str, Program], Ran],
) -> Witness:
    if program is None:
        return Witness(
            confirmation=Confirmation.NOT_TESTABLE, reason="No program shows it without the plugin itself."
        )
    failing = _failing(finding)
    there = ran[failing, program]
    here = ran[working, program] if working is not None else None
    outcome, reason = _judged(there, here, failing, working)
    return Witness(
        confirmation=outcome,
        program=program.text(),
        failed_on=failing,
        said=there.said,
        worked_on=working,
        reason=reason,
    )


def _judged(there: Ran, here: Ran | None, failing: str, working: str | None) -> tuple[Confirmation, str]:
    if there.step in {"reach", "no-call"}:
        return Confirmation.NOT_TESTABLE, f"On {failing}: {there.said}"
    if here is None:
        return Confirmation.NOT_TESTABLE, "It is predicted to work on no release to compare with."
    if here.step == "reach":
        return Confirmation.NOT_TESTABLE, f"On {working}, where it is predicted to work: {here.said}"
    if here.step == "failed":
        return (
            Confirmation.NOT_TESTABLE,
            f"It fails on {working} too, where it is predicted to work: {here.said}",
        )
    return (Confirmation.CONFIRMED if there.step == "failed" else Confirmation.REFUTED), ""
