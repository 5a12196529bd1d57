"""JUnit XML: a test suite for each plugin, a test case for each of its cells.

Failure is incompatible, error is undetermined, skipped is not applicable. Findings that are known problems
fail nothing and are told beside the case. A plugin that could not be opened has a suite of its own with one
case in error, so that no build server overlooks it; the gate's decision has one too.
"""

from collections.abc import Mapping
from io import BytesIO
from typing import TypeVar, assert_never

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from plugin_matrix.model import (
    CellResult,
    Compatible,
    Decision,
    Finding,
    Incompatible,
    Level,
    NotApplicable,
    Results,
    Rule,
    Undetermined,
)
from plugin_matrix.report.causes import by_plugin, evidence_text, on_stand_ins
from plugin_matrix.report.decision import decision_text, decision_view
from plugin_matrix.report.marks import Mark, plural
from plugin_matrix.report.surface.junit import surface_suite
from plugin_matrix.report.visible import block, last_part, line

_OUTPUT_CHARACTERS = 4_000


def junit(results: Results) -> bytes:
    """Return `results` as a JUnit document; its test cases are cells, releases and problems."""
    document = JUnitXml("plugin-matrix")
    cells = by_plugin(results)
    for result in results.surface:
        document.add_testsuite(surface_suite(result, results.started))
    for plugin in results.plugins:
        if results.surface and not cells[plugin.id]:
            continue
        suite = TestSuite(line(plugin.id))
        suite.timestamp = line(results.started)
        suite.add_testcases([_case(result) for result in cells[plugin.id]])
        document.add_testsuite(suite)
    for problem in results.problems:
        case = TestCase("open", classname=line(problem.source), time=0.0)
        case.result = [Error(message=line(problem.message), type_="not-opened")]
        suite = TestSuite(line(problem.source))
        suite.timestamp = line(results.started)
        suite.add_testcase(case)
        document.add_testsuite(suite)
    if results.decision is not None:
        document.add_testsuite(_decision_suite(results.decision, results.started))
    document.update_statistics()  # type: ignore[no-untyped-call] # junitparser has no annotations there
    content = BytesIO()
    document.write(content, pretty=True)
    return content.getvalue()


def junit_document(results: Results, _: Mapping[str, Rule]) -> bytes:
    """Return the same, for the table of formats."""
    return junit(results)


def _decision_suite(decision: Decision, started: str) -> TestSuite:
    view = decision_view(decision)
    suite = TestSuite("gate")
    suite.timestamp = line(started)
    case = TestCase("decision", classname="gate", time=0.0)
    match view.mark:
        case Mark.COMPATIBLE:
            case.system_out = block(decision_text(decision))
        case Mark.INCOMPATIBLE:
            case.result = [_with_text(Failure(message=view.word, type_="gate"), decision_text(decision))]
        case Mark.UNDETERMINED:
            case.result = [_with_text(Error(message=view.word, type_="gate"), decision_text(decision))]
        case Mark.NOT_APPLICABLE | Mark.NOT_RUN:
            case.result = [Skipped(message=view.word, type_="gate")]
        case _:
            assert_never(view.mark)
    suite.add_testcase(case)
    return suite


_Result = TypeVar("_Result", Failure, Error)


def _with_text(result: _Result, text: str) -> _Result:
    result.text = block(text)
    return result


def _case(result: CellResult) -> TestCase:
    cell = result.cell
    case = TestCase(
        f"{cell.engine.id}|{cell.platform.id}", classname=line(cell.plugin), time=round(result.seconds, 3)
    )
    match result.verdict:
        case Compatible(findings):
            _attach(case, result, _text(findings))
        case Incompatible(findings):
            accepted = tuple(finding for finding in findings if finding.known is not None)
            counting = tuple(finding for finding in findings if finding.known is None)
            told = last_part(result.output, _OUTPUT_CHARACTERS)
            if any(finding.level is Level.ERROR for finding in counting):
                rules = ", ".join(sorted({line(finding.rule) for finding in counting}))
                message = f"{plural(len(counting), 'finding')}: {rules}"
                case.result = [_with_text(Failure(message=message, type_="incompatible"), _text(counting))]
                told = "\n\n".join(part for part in (_text(accepted), told) if part)
            else:
                told = "\n\n".join((_text(findings), told))
            _attach(case, result, told)
        case Undetermined(cause, detail, findings):
            message = line(f"{cause.value}: {detail}")
            case.result = [_with_text(Error(message=message, type_=cause.value), _text(findings))]
            _attach(case, result, last_part(result.output, _OUTPUT_CHARACTERS))
        case NotApplicable(reason, detail):
            case.result = [Skipped(message=line(f"{reason.value}: {detail}"), type_=reason.value)]
            _attach(case, result, "")
        case _:
            assert_never(result.verdict)
    return case


def _text(findings: tuple[Finding, ...]) -> str:
    return "\n\n".join(_finding_text(finding) for finding in findings)


def _finding_text(finding: Finding) -> str:
    lines = [
        f"{finding.rule} {finding.level.value} {finding.subject}",
        *([] if finding.known is None else [f"known problem: {finding.known or 'accepted'}"]),
        finding.message,
        f"effect: {finding.effect}",
        f"hint: {finding.hint}",
        *(f"evidence: {evidence_text(evidence)}" for evidence in finding.evidence),
    ]
    return "\n".join(line(text) for text in lines)


def _attach(case: TestCase, result: CellResult, text: str) -> None:
    rests = on_stand_ins(result.stand_ins)
    notes = [f"note: {line(note)}" for note in (*result.notes, *([rests] if rests else []))]
    if notes or text:
        case.system_out = "\n".join((*notes, block(text)))
