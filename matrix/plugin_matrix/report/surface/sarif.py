"""The surface tier as SARIF 2.1.0, for code hosts that show findings at their lines."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from plugin_matrix.model import Evidence, Level, Results, Rule, SurfaceFinding, SurfaceResult
from plugin_matrix.report.surface.view import SurfaceView
from plugin_matrix.report.visible import block, shorten

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Level.ERROR: "error", Level.WARNING: "warning", Level.ADVICE: "note"}
_TEXT = 1_500
_MOST_RESULTS = 5_000
"""GitHub takes 25,000 results and shows 5,000."""


def sarif(results: Results, rules: Mapping[str, Rule]) -> bytes:
    """Return one run with a result for each place of each finding's root cause."""
    found = [(result, finding) for result in results.surface for finding in SurfaceView(result).findings]
    used = sorted({finding.rule for _, finding in found})
    place = {rule: index for index, rule in enumerate(used)}
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "vllm-plugin-matrix",
                "version": results.tool_version,
                "rules": [_rule(rule, rules) for rule in used],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": results.complete and not results.problems,
                "startTimeUtc": results.started,
                "toolExecutionNotifications": [
                    {"level": "error", "message": {"text": _text(f"{one.source}: {one.message}")}}
                    for one in results.problems
                ]
                + [notification for result in results.surface for notification in _unseen(result)],
            }
        ],
        "results": [_result(result, one, place[one.rule]) for result, one in found[:_MOST_RESULTS]],
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _rule(rule_id: str, rules: Mapping[str, Rule]) -> dict[str, Any]:
    rule = rules.get(rule_id)
    if rule is None:
        return {"id": rule_id}
    return {
        "id": rule.id,
        "name": "".join(part.capitalize() for part in rule.name.split("-")),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": f"{rule.summary} {rule.effect}"},
        "help": {"text": rule.hint},
        "defaultConfiguration": {"level": _LEVELS[rule.level]},
    }


def _result(result: SurfaceResult, finding: SurfaceFinding, rule_index: int) -> dict[str, Any]:
    view = SurfaceView(result)
    text = f"{finding.subject}: {finding.message} Broke in: {view.broke_in(finding)}. {finding.hint}"
    return {
        "ruleId": finding.rule,
        "ruleIndex": rule_index,
        "level": _LEVELS[finding.level],
        "message": {"text": _text(text)},
        "locations": _locations(finding.evidence[:1]) or _locations([Evidence(file=result.plugin.source)]),
        "relatedLocations": _locations(finding.evidence[1:]),
        "partialFingerprints": {"pluginMatrix/v1": finding.fingerprint(result.plugin.name)},
        "properties": {
            "plugin": result.plugin.id,
            "subject": _text(finding.subject),
            "broken": list(finding.broken),
            "since": finding.since,
            "declared": finding.declared,
            "reach": finding.reach.value,
            "occurrences": finding.occurrences,
        },
    }


def _locations(evidence: Iterable[Evidence]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for one in evidence:
        if one.file is None:
            continue
        physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(one.file), "uriBaseId": "%SRCROOT%"}}
        if one.line is not None and one.line > 0:
            physical["region"] = {"startLine": one.line}
        location = {"physicalLocation": physical}
        if location not in found:
            found.append(location)
    return found


def _uri(path: str) -> str:

    return quote(path.encode("utf-8", "backslashreplace"))


def _unseen(result: SurfaceResult) -> list[dict[str, Any]]:
    return [
        {
            "level": "note",
            "message": {"text": _text(f"{one.file} was not read: {one.reason}")},
            "locations": _locations([Evidence(file=one.file)]),
        }
        for one in result.unseen
    ]


def _text(text: str) -> str:
    return block(shorten(text, _TEXT))
