"""JUnit XML as build servers read it."""

from collections import Counter
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from junitparser import JUnitXml
from msgspec.structs import replace

from plugin_matrix.model import Incompatible, Results
from plugin_matrix.model.verdict import with_findings
from plugin_matrix.report.junit import junit


def test_the_document_is_as_it_was(small: Results, golden: Callable[[str, str], None]) -> None:
    golden("junit.xml", junit(small).decode())


@pytest.fixture(params=["small", "hostile", "large"])
def any_results(request: pytest.FixtureRequest) -> Results:
    value: Results = request.getfixturevalue(request.param)
    return value


def test_totals_add_up_at_every_level(any_results: Results) -> None:
    totals, problems = any_results.totals, len(any_results.problems)
    root = ET.fromstring(junit(any_results))  # noqa: S314 - our own document
    expected = {
        "tests": totals.cells + problems,
        "failures": totals.incompatible,
        "errors": totals.undetermined + problems,
        "skipped": totals.not_applicable,
    }
    for name, number in expected.items():
        assert int(root.attrib[name]) == number
        assert sum(int(suite.attrib[name]) for suite in root) == number
    elements = Counter(element.tag for element in root.iter())
    assert elements["testcase"] == expected["tests"]
    assert elements["failure"] == expected["failures"]
    assert elements["error"] == expected["errors"]
    assert elements["skipped"] == expected["skipped"]


def test_a_suite_holds_the_cells_of_one_plugin(small: Results) -> None:
    document: Any = JUnitXml.fromstring(junit(small))
    suites = {suite.name: [case.name for case in suite] for suite in document}
    assert list(suites) == ["good==1.0", "acme==1.4", "quiet==1.0", "missing-plugin"]
    assert suites["quiet==1.0"] == [
        "reference-0.7.0|cpu-py311",
        "reference-0.10.1|cpu-py311",
        "reference-0.33.0|cpu-py312",
    ]


def test_what_is_wrong_stands_in_the_failure(small: Results) -> None:
    root = ET.fromstring(junit(small))  # noqa: S314 - our own document
    failure = root.find(".//testcase[@name='reference-0.10.1|cpu-py311']/failure")
    assert failure is not None
    assert failure.attrib == {"message": "2 findings: PM102, PM605", "type": "incompatible"}
    assert failure.text is not None
    for part in (
        "PM605 error",
        "ValueError: already registered",
        "hint: Return at once",
        "acme/__init__.py:12",
    ):
        assert part in failure.text


def test_hostile_text_stays_text(hostile: Results, hostile_text: str) -> None:
    content = junit(hostile)
    root = ET.fromstring(content)  # noqa: S314 - our own document
    tags = {element.tag for element in root.iter()}
    assert tags == {"testsuites", "testsuite", "testcase", "failure", "error", "skipped", "system-out"}
    visible = hostile_text.split("\x1b", maxsplit=1)[0]
    assert visible + r"\x1b[2J\x00\x07\r\x9b\u202egnp" in root.attrib.get("name", "") + "".join(
        suite.attrib["name"] for suite in root
    )
    text = content.decode()
    assert not {char for char in text if ord(char) < 32} - {"\n", "\t"}
    assert not set("\x9b\u202e\u2066\u200b\ufffe\u2028") & set(text)


def test_known_problems_fail_nothing_and_are_told(decided: Results) -> None:
    root = ET.fromstring(junit(decided))  # noqa: S314 - our own document
    case = root.find(".//testsuite[@name='acme==1.5']/testcase[@name='reference-0.33.0|cpu-py311']")
    assert case is not None
    assert [failure.attrib["message"] for failure in case.findall("failure")] == ["1 finding: PM902"]
    assert "known problem: port under way" in (case.findtext("system-out") or "")


def test_a_cell_with_nothing_but_known_problems_passes(decided: Results) -> None:
    cells = []
    for cell in decided.cells:
        known = tuple(replace(finding, known="accepted") for finding in cell.findings)
        cells.append(replace(cell, verdict=with_findings(cell.verdict, known)))
    assert any(isinstance(cell.verdict, Incompatible) for cell in cells)
    root = ET.fromstring(junit(replace(decided, cells=tuple(cells), decision=None, surface=())))  # noqa: S314 - our own document
    assert int(root.attrib["failures"]) == 0


def test_the_decision_is_a_case_of_its_own(decided: Results) -> None:
    root = ET.fromstring(junit(decided))  # noqa: S314 - our own document
    (failure,) = root.findall(".//testcase[@name='decision']/failure")
    assert failure.attrib == {
        "message": "FAILED: 2 findings",
        "type": "gate",
    }
    assert "The plugin's doing." in (failure.text or "")
