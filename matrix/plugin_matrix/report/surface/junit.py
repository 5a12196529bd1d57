"""The surface tier as JUnit test cases: one for each release judged.

An error in the declared range is a failure, unless it is a known problem; outside of it the case is skipped,
and says what breaks.
"""

from junitparser import Error, Failure, Skipped, TestCase, TestSuite

from plugin_matrix.model import Level, SurfaceFinding, SurfaceResult
from plugin_matrix.report.marks import plural
from plugin_matrix.report.surface.view import SurfaceView, places
from plugin_matrix.report.visible import block, line

_MOST_TOLD = 20
"""Findings told with one case; a case for each release repeats them."""


def surface_suite(result: SurfaceResult, started: str) -> TestSuite:
    """Return the suite of one plugin."""
    view = SurfaceView(result)
    suite = TestSuite(line(f"{result.plugin.id} surface"))
    suite.timestamp = line(started)
    found = {release: _on(view, release) for release in result.releases}
    suite.add_testcases([_case(view, release, found[release]) for release in result.releases])
    if not result.releases or not result.files:
        case = TestCase("read", classname=line(result.plugin.id), time=0.0)
        case.result = [Error(message="nothing could be judged", type_="not-judged")]
        suite.add_testcase(case)
    return suite


def _on(view: SurfaceView, release: str) -> list[SurfaceFinding]:
    return [finding for finding in view.findings if release in finding.broken]


def _case(view: SurfaceView, release: str, found: list[SurfaceFinding]) -> TestCase:
    case = TestCase(f"vllm-{release}", classname=line(view.result.plugin.id), time=0.0)
    errors = [finding for finding in found if finding.level is Level.ERROR and finding.known is None]
    others = [
        finding
        for finding in found
        if finding.level is Level.WARNING or (finding.level is Level.ERROR and finding.known is not None)
    ]
    if errors and release in view.declared_set:
        rules = ", ".join(sorted({line(finding.rule) for finding in errors}))
        failure = Failure(message=f"{plural(len(errors), 'error')}: {rules}", type_="incompatible")
        failure.text = _text(errors)
        case.result = [failure]
    elif errors:
        message = f"outside the declared range, {plural(len(errors), 'error')}"
        case.result = [Skipped(message=message, type_="not-declared")]
    if others:
        case.system_out = _text(others)
    return case


def _text(found: list[SurfaceFinding]) -> str:
    lines = []
    for finding in found[:_MOST_TOLD]:
        lines.append(f"{finding.level.value} {finding.rule} {line(finding.subject)}: {line(finding.message)}")
        if finding.known is not None:
            lines.append(f"  known problem: {line(finding.known or 'accepted')}")
        shown = finding.witness.text if finding.witness is not None and not finding.refuted else ""
        lines += (f"  {line(text)}" for text in (shown, places(finding, 5), finding.hint) if text)
    if len(found) > _MOST_TOLD:
        lines.append(f"and {len(found) - _MOST_TOLD} more")
    return block("\n".join(lines))
