"""SARIF 2.1.0, for code hosts that show findings at their lines: a result for each root cause."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from plugin_matrix.model import Change, Evidence, Level, Plugin, Results, Rule, Status, SurfaceResult
from plugin_matrix.report.causes import RootCause, evidence_text
from plugin_matrix.report.decision import Changes, decision_view
from plugin_matrix.report.marks import plural
from plugin_matrix.report.told_findings import ToldFinding, told_findings
from plugin_matrix.report.visible import block, line, shorten

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Level.ERROR: "error", Level.WARNING: "warning", Level.ADVICE: "note"}
_TEXT = 1_500
_MOST_RESULTS = 5_000
"""GitHub takes 25,000 results and shows 5,000."""
_MOST_PLACES = 100
"""Of one result; GitHub takes 1,000 and shows 100."""
_MOST_NOTIFICATIONS = 1_000
_OF_ENGINE = "vllm/"


def sarif(results: Results, rules: Mapping[str, Rule]) -> bytes:
    """Return one run; the worst results first, should there be more than are shown."""
    found = list(told_findings(results))
    # Sorting is stable: within a level the order is that of the plugins.
    found.sort(key=lambda told: (told.cause.known is not None, list(_LEVELS).index(told.cause.level)))
    shown = found[:_MOST_RESULTS]
    used = sorted({told.cause.rule for told in shown})
    place = {rule: index for index, rule in enumerate(used)}
    compared = Changes(results.decision).compared
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "vllm-plugin-matrix",
                "version": line(results.tool_version),
                "rules": [_rule(rule, rules) for rule in used],
            }
        },
        "automationDetails": {"id": f"plugin-matrix/{'run' if results.cells else 'check'}/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(results, len(found) - len(shown))],
        "results": [],
    }
    times: Counter[str] = Counter()
    for told in shown:
        times[told.cause.fingerprint] += 1
        result = _result(told, place[told.cause.rule], times[told.cause.fingerprint])
        if compared:
            result["baselineState"] = _state(told.cause.changes)
        run["results"].append(result)
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _invocation(results: Results, left_out: int) -> dict[str, Any]:
    notifications = [_notification("error", f"{one.source}: {one.message}") for one in results.problems]
    if left_out:
        notifications.append(_notification("warning", f"{plural(left_out, 'more result')}: see results.json"))
    if results.decision is not None:
        notifications += [
            _notification("warning", f"stale known problem: {text}")
            for text in decision_view(results.decision).stale
        ]
    notifications += [one for result in results.surface for one in _unseen(result)]
    invocation: dict[str, Any] = {
        "executionSuccessful": results.complete and not results.problems,
        "toolExecutionNotifications": notifications[:_MOST_NOTIFICATIONS],
    }
    if _is_time(results.started):
        invocation["startTimeUtc"] = results.started
    if results.decision is not None:
        view = decision_view(results.decision)
        invocation["exitCode"] = results.decision.exit_code
        invocation["exitCodeDescription"] = f"{view.word} ({view.terms})"
    return invocation


def _is_time(text: str) -> bool:
    try:
        msgspec.convert(text, type=dt.datetime)
    except msgspec.ValidationError:
        return False
    return True


def _rule(rule_id: str, rules: Mapping[str, Rule]) -> dict[str, Any]:
    rule = rules.get(rule_id)
    if rule is None:
        return {"id": _text(rule_id)}
    return {
        "id": rule.id,
        "name": "".join(part.capitalize() for part in rule.name.split("-")),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": f"{rule.summary} {rule.effect}"},
        "help": {"text": rule.hint},
        "defaultConfiguration": {"level": _LEVELS[rule.level]},
    }


def _result(told: ToldFinding, rule_index: int, occurrence: int) -> dict[str, Any]:
    plugin, cause = told
    evidence = [one.evidence for one in cause.evidence]
    own = [one for one in evidence if one.file and not one.file.startswith(_OF_ENGINE)]
    result: dict[str, Any] = {
        "ruleId": _text(cause.rule),
        "ruleIndex": rule_index,
        "level": _LEVELS[cause.level],
        "message": {"text": _message(cause)},
        "locations": _locations(own[:1]) or _locations([Evidence(file=plugin.source or plugin.name)]),
        "relatedLocations": _locations(own[1:_MOST_PLACES]),
        "partialFingerprints": {
            "pluginMatrix/v1": cause.fingerprint,
            # What GitHub tells alerts apart by; where it is left out the line's text takes its place.
            "primaryLocationLineHash": f"{cause.fingerprint}:{occurrence}",
        },
        "properties": _properties(plugin, cause),
    }
    if cause.known is not None:
        why = _text(cause.known or "accepted")
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": why}]
    return result


def _message(cause: RootCause) -> str:
    messages = "; ".join(
        one.text if one.where == cause.where else f"{one.text} [{one.where}]" for one in cause.messages[:3]
    )
    hint = cause.hints[0].text if cause.hints else ""
    if cause.source is not None:
        return _text(f"{cause.subject}: {messages} Broke in: {cause.where}. {hint}")
    seen = next((text for one in cause.evidence if (text := evidence_text(one.evidence))), "")
    return _text(f"{cause.subject}: {messages} On: {cause.where}. {f'Seen: {seen}. ' if seen else ''}{hint}")


def _properties(plugin: Plugin, cause: RootCause) -> dict[str, Any]:
    found: dict[str, Any] = {
        "plugin": _text(plugin.id),
        "subject": _text(cause.subject),
        "releases": list(cause.releases),
    }
    if cause.source is None:
        found["where"] = _text(cause.where)
    else:
        found |= {
            "since": cause.source.since,
            "declared": cause.source.declared,
            "reach": cause.source.reach.value,
            "occurrences": cause.source.occurrences,
        }
        if cause.source.witness is not None:
            found["witness"] = _text(cause.source.witness.text)
    blames = sorted({change.blame.value for change in cause.changes if change.blame is not None})
    if blames:
        found["blame"] = blames
    return found


def _state(changes: Iterable[Change]) -> str:
    """Return how a result stands against the baseline, in SARIF's words."""
    found = {change.status for change in changes}
    if Status.SAME not in found:
        return "new"
    return "unchanged" if found == {Status.SAME} else "updated"


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
        _notification("note", f"{one.file} was not seen: {one.reason}")
        | {"locations": _locations([Evidence(file=one.file)])}
        for one in result.unseen
    ]


def _notification(level: str, text: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": _text(text)}}


def _text(text: str) -> str:
    return block(shorten(text, _TEXT))
