"""Which programs to run on which real releases for the errors told from source, and what they show."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Literal

import msgspec

from plugin_matrix.model import Confirmation, Level, SurfaceFinding, SurfaceResult, Witness
from plugin_matrix.model.witness import Prediction, Program

Key = tuple[str, str, Level]
Predictions = Mapping[Key, Prediction]
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


def confirmed(result: SurfaceResult, predictions: Predictions, run: RunPrograms) -> SurfaceResult:
    """Return `result` with a witness for every error in what the plugin's source does with vLLM."""
    wanted: dict[str, dict[Program, None]] = defaultdict(dict)
    for finding in filter(_is_meant, result.findings):
        prediction = predictions.get(key_of(finding))
        if prediction is not None:
            for release in (prediction.on, _working(finding, prediction, result)):
                if release is not None:
                    wanted[release][prediction.program] = None
    ran: dict[tuple[str, Program], Ran] = {}
    for release, asked in wanted.items():
        for program, one in zip(asked, run(release, tuple(asked)), strict=True):
            ran[release, program] = one
    findings = tuple(
        msgspec.structs.replace(one, witness=_witness(one, predictions.get(key_of(one)), result, ran))
        if _is_meant(one)
        else one
        for one in result.findings
    )
    return msgspec.structs.replace(result, findings=findings)


def _is_meant(finding: SurfaceFinding) -> bool:
    return finding.level is Level.ERROR and not finding.rule.startswith("PM1")


def _working(finding: SurfaceFinding, prediction: Prediction, result: SurfaceResult) -> str | None:
    """Return one on which it is predicted to work: the last before that one, else the first after it.

    Releases that lack what holds the subject are none.
    """
    fails = {*finding.broken, *prediction.fails}
    for other in result.findings:
        if finding.subject.startswith(f"{other.subject}."):
            fails.update(other.broken)
    place = result.releases.index(prediction.on)
    before = (release for release in reversed(result.releases[:place]) if release not in fails)
    after = (release for release in result.releases[place:] if release not in fails)
    return next(before, None) or next(after, None)


def _witness(
    finding: SurfaceFinding,
    prediction: Prediction | None,
    result: SurfaceResult,
    ran: Mapping[tuple[str, Program], Ran],
) -> Witness:
    if prediction is None:
        return Witness(
            confirmation=Confirmation.NOT_TESTABLE, reason="No program shows it without the plugin itself."
        )
    failing, working = prediction.on, _working(finding, prediction, result)
    there = ran[failing, prediction.program]
    here = ran[working, prediction.program] if working is not None else None
    outcome, reason = _judged(there, here, failing, working)
    return Witness(
        confirmation=outcome,
        program=prediction.program.text(),
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
