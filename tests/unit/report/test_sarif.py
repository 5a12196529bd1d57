"""SARIF as its schema and GitHub want it, of what was run and of what was read alike."""

import gzip
import json
import random
import string
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from jsonschema import Draft202012Validator
from msgspec.structs import replace

from plugin_matrix.model import Evidence, Results
from plugin_matrix.report.sarif import sarif
from plugin_matrix.rules import catalogue

SCHEMA = Path(__file__).parent / "schemas" / "sarif-2.1.0.json"
"""As it is shipped in the npm package @microsoft/sarif-multitool-linux 5.7.0 (MIT)."""
LEVELS = {"error": "error", "warning": "warning", "advice": "note"}


@cache
def validator() -> Draft202012Validator:
    schema = json.loads(SCHEMA.read_bytes())
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def document(results: Results, every: int = 1) -> dict[str, Any]:
    """Return the document, which is valid and has what GitHub asks for beyond the schema.

    Of many results that are alike only each that `every` says is held against the schema, which is slow.
    """
    content = sarif(results, catalogue())
    found: dict[str, Any] = json.loads(content)
    sample = {**found, "runs": [{**run, "results": run["results"][::every]} for run in found["runs"]]}
    assert [f"{error.json_path}: {error.message}" for error in validator().iter_errors(sample)] == []
    assert len(gzip.compress(content)) < 10_000_000
    (run,) = found["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    prints = [one["partialFingerprints"]["primaryLocationLineHash"] for one in run["results"]]
    assert len(prints) == len(set(prints))
    assert len(run["results"]) <= 5_000
    for one in run["results"]:
        assert rules[one["ruleIndex"]] == one["ruleId"]
        assert one["locations"], "GitHub refuses a result without a place"
        assert len(one["relatedLocations"]) <= 100
        for place in (*one["locations"], *one["relatedLocations"]):
            uri = place["physicalLocation"]["artifactLocation"]["uri"]
            assert set(uri) <= set(string.ascii_letters + string.digits + "%/_.~-")
    return found


def results_of(found: dict[str, Any]) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = found["runs"][0]["results"]
    return results


def test_the_schema_refuses_what_is_wrong(small: Results) -> None:
    found = document(small)
    results_of(found)[0]["level"] = "fatal"
    assert list(validator().iter_errors(found))


@pytest.mark.parametrize("name", ["small", "surface", "decided"])
def test_the_document_is_as_it_was(
    request: pytest.FixtureRequest, golden: Callable[[str, str], None], name: str
) -> None:
    golden(f"{name}.sarif", sarif(request.getfixturevalue(name), {}).decode())


@pytest.mark.parametrize("name", ["small", "large", "surface", "decided", "hostile", "hostile_surface"])
def test_every_document_is_valid(request: pytest.FixtureRequest, name: str) -> None:
    assert results_of(document(request.getfixturevalue(name)))


def test_source_has_a_result_for_every_finding_at_its_first_place(surface: Results) -> None:
    found = document(surface)
    told = [(one["ruleId"], one["level"], one["properties"]["subject"]) for one in results_of(found)]
    expected = [
        (one.rule, LEVELS[one.level.value], one.subject)
        for result in surface.surface
        for one in result.findings
    ]
    assert sorted(told) == sorted(expected)
    first = next(one for one in results_of(found) if one["ruleId"] == "PM201")
    assert first["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "acme/data.py", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 3},
            }
        }
    ]
    expected_print = surface.surface[0].findings[-1].fingerprint("acme")
    assert first["partialFingerprints"]["pluginMatrix/v1"] == expected_print
    notifications = found["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    texts = [one["message"]["text"] for one in notifications]
    assert any("missing-plugin" in text for text in texts)
    assert any("acme/_kernels.so was not seen" in text for text in texts)


def test_a_run_has_a_result_for_every_root_cause_with_its_releases(small: Results) -> None:
    told = {
        one["ruleId"]: one
        for one in results_of(document(small))
        if one["properties"]["plugin"] == "acme==1.4"
    }
    assert set(told) == {"PM605", "PM607", "PM102"}
    assert told["PM605"]["properties"]["releases"] == ["0.6.6", "0.7.0", "0.10.1"]
    assert told["PM605"]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "acme/__init__.py"
    assert "On: 0.6.6-0.10.1 on cpu-py311; 0.7.0 on cpu-py312." in told["PM605"]["message"]["text"]


def test_known_problems_are_suppressed_and_the_rest_is_held_against_the_baseline(decided: Results) -> None:
    found = document(decided)
    told = {
        (one["properties"]["plugin"], one["ruleId"]): (one["baselineState"], one.get("suppressions", []))
        for one in results_of(found)
    }
    assert told["acme==1.5", "PM605"] == ("unchanged", [])
    assert told["acme==1.5", "PM202"] == ("new", [])
    (suppression,) = told["acme==1.5", "PM901"][1]
    assert suppression["kind"] == "external"
    assert suppression["justification"].startswith("port under way")
    (invocation,) = found["runs"][0]["invocations"]
    assert invocation["exitCode"] == 1
    assert invocation["exitCodeDescription"].startswith("FAILED: ")


def test_without_a_baseline_nothing_is_called_new(small: Results) -> None:
    assert not any("baselineState" in one for one in results_of(document(small)))


def test_a_finding_without_a_place_is_laid_at_the_plugin(surface: Results) -> None:
    bare = replace(surface.surface[0].findings[-1], evidence=())
    found = document(replace(surface, surface=(replace(surface.surface[0], findings=(bare,)),)))
    (one,) = results_of(found)
    assert one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "acme%3D%3D1.4"


def test_a_place_in_the_engine_is_not_one_of_the_plugin(small: Results) -> None:
    cell = next(cell for cell in small.cells if cell.findings)
    finding = replace(cell.findings[0], evidence=(Evidence(file="vllm/plugins/__init__.py", line=64),))
    verdict = replace(cell.verdict, findings=(finding,))
    cells = tuple(replace(one, verdict=verdict) if one is cell else one for one in small.cells)
    uris = [
        place["physicalLocation"]["artifactLocation"]["uri"]
        for one in results_of(document(replace(small, cells=cells)))
        for place in one["locations"]
    ]
    assert not [uri for uri in uris if uri.startswith("vllm/")]


def test_hostile_paths_are_escaped_and_come_back(hostile_surface: Results, hostile_text: str) -> None:
    one = results_of(document(hostile_surface))[0]
    assert unquote(one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]) == hostile_text
    assert "\x1b" not in json.dumps(one["message"], ensure_ascii=False)


def test_ten_thousand_findings_are_within_the_limits_of_github(surface: Results) -> None:
    letters = random.Random(6)  # noqa: S311 - text that does not compress, not a secret

    def noise(characters: int) -> str:
        return "".join(letters.choices(string.ascii_letters, k=characters))

    one = surface.surface[0].findings[-1]
    many = tuple(
        replace(
            one,
            subject=f"vllm.x{number}.{noise(50)}",
            message=noise(400),
            evidence=tuple(Evidence(file=f"acme/{noise(20)}.py", line=line + 1) for line in range(10)),
        )
        for number in range(10_000)
    )
    found = document(replace(surface, surface=(replace(surface.surface[0], findings=many),)), every=100)
    assert len(results_of(found)) == 5_000
    notifications = found["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert any(one["message"]["text"] == "5000 more results: see results.json" for one in notifications)
