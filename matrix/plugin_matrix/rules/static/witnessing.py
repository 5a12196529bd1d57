"""Which programs to run on which real releases for the errors told from source, and what they show."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

import msgspec

from plugin_matrix.model import Confirmation, Level, SurfaceFinding, Witness
from plugin_matrix.model.witness import Prediction, Program

Key = tuple[str, str, Level]
Predict = Callable[[SurfaceFinding], Prediction | None]
"""Returns what is predicted for a finding; None where no program shows it."""


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
    """Return what the findings of one cause have in common."""
    return finding.rule, finding.subject, finding.level


class Told(NamedTuple):
    """What a plugin was told, and the releases it was judged on."""

    findings: tuple[SurfaceFinding, ...]
    releases: tuple[str, ...]
    """Oldest first."""


def confirmed(
    findings: tuple[SurfaceFinding, ...], predict: Predict, run: RunPrograms, *, among: Told
) -> tuple[SurfaceFinding, ...]:
    """Return `findings` with a witness for every error in what the plugin's source does with vLLM.

    What a program is compared with is sought among the releases of `among`.
    """
    wanted: dict[str, dict[Program, None]] = defaultdict(dict)
    for finding in filter(is_meant, findings):
        prediction = predict(finding)
        if prediction is not None:
            for release in (prediction.on, _working(finding, prediction, among)):
                if release is not None:
                    wanted[release][prediction.program] = None
    ran: dict[tuple[str, Program], Ran] = {}
    for release, asked in wanted.items():
        for program, one in zip(asked, run(release, tuple(asked)), strict=True):
            ran[release, program] = one
    return tuple(
        msgspec.structs.replace(one, witness=_witness(one, predict(one), among, ran))
        if is_meant(one)
        else one
        for one in findings
    )


def is_meant(finding: SurfaceFinding) -> bool:
    """Tell whether a finding is an error in what the plugin's source does with vLLM."""
    return finding.level is Level.ERROR and not finding.rule.startswith("PM1")


def _working(finding: SurfaceFinding, prediction: Prediction, among: Told) -> str | None:
    """Return one on which it is predicted to work: the last before that one, else the first after it.

    Releases that lack what holds the subject are none.
    """
    fails = {*finding.broken, *prediction.fails}
    for other in among.findings:
        if finding.subject.startswith(f"{other.subject}."):
            fails.update(other.broken)
    place = among.releases.index(prediction.on)
    before = (release for release in reversed(among.releases[:place]) if release not in fails)
    after = (release for release in among.releases[place:] if release not in fails)
    return next(before, None) or next(after, None)


def _witness(
    finding: SurfaceFinding,
    prediction: Prediction | None,
    among: Told,
    ran: Mapping[tuple[str, Program], Ran],
) -> Witness:
    if prediction is None:
        return Witness(
            confirmation=Confirmation.NOT_TESTABLE, reason="No program shows it without the plugin itself."
        )
    failing, working = prediction.on, _working(finding, prediction, among)
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
