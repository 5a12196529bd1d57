"""Root causes in Markdown, whichever tier told them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from plugin_matrix.model import Level, Rule
from plugin_matrix.report.causes import Located, RootCause, evidence_text, on_stand_ins
from plugin_matrix.report.decision import doing
from plugin_matrix.report.markdown.text import code, fenced, text
from plugin_matrix.report.marks import plural
from plugin_matrix.report.surface.view import places

_SHOWN = 50
"""Root causes of one plugin told at length."""
_TEXTS = 3
_PLACES = 5
_ADVICE = 20


def findings(causes: Sequence[RootCause], rules: Mapping[str, Rule]) -> Iterator[str]:
    """Yield errors and warnings at length and advice in short."""
    severe = [cause for cause in causes if cause.level is not Level.ADVICE]
    for cause in severe[:_SHOWN]:
        yield "\n".join(_finding(cause, rules))
        if cause.source and cause.source.replacement:
            yield fenced(cause.source.replacement)
    if len(severe) > _SHOWN:
        yield f"*and {plural(len(severe) - _SHOWN, 'more finding')}: see `results.json`*"
    advice = [cause for cause in causes if cause.level is Level.ADVICE]
    if advice:
        shown = "\n".join(
            f"- {_title(one, rules)}: {text(one.messages[0].text if one.messages else '')}"
            for one in advice[:_ADVICE]
        )
        more = f"\n- and {len(advice) - _ADVICE} more" if len(advice) > _ADVICE else ""
        summary = f"<summary>{plural(len(advice), 'piece')} of advice</summary>"
        yield f"<details>{summary}\n\n{shown}{more}\n\n</details>"


def _finding(cause: RootCause, rules: Mapping[str, Rule]) -> Iterator[str]:
    yield f"### {cause.level.value}: {_title(cause, rules)}"
    yield ""
    for label, value in _rows(cause):
        yield f"- **{label}** {value}" if label else f"- {value}"


def _rows(cause: RootCause) -> Iterator[tuple[str, str]]:
    if cause.known is not None:
        yield "known problem", text(cause.known or "accepted")
    for change in cause.changes:
        yield change.status.value, text(f"{', '.join(change.engines)}. {doing(change.blame)}".rstrip(" ."))
    if cause.source is None:
        yield "on", text(cause.where)
        if cause.stand_ins:
            yield "seen", text(on_stand_ins(cause.stand_ins))
    else:
        outside = "" if cause.source.declared else ", outside the declared range"
        yield "broke in", f"{text(cause.where)}{outside}"
        if cause.source.witness is not None and not cause.source.refuted:
            yield "shown", text(cause.source.witness.text)
        if at := places(cause.source, _PLACES):
            yield "at", code(at)
    yield from _located("", cause.messages, cause.where)
    yield from _located("effect", cause.effects if cause.source is None else (), cause.where)
    yield from _located("hint", cause.hints, cause.where)
    if cause.source is None:
        seen = [Located(evidence_text(one), where) for one, where in cause.evidence]
        yield from _located("seen", [one for one in seen if one.text], cause.where, as_code=True)


def _located(
    label: str, rows: Iterable[Located], everywhere: str, *, as_code: bool = False
) -> Iterator[tuple[str, str]]:
    texts = list(rows)
    for row in texts[:_TEXTS]:
        where = "" if row.where == everywhere else text(f" [{row.where}]")
        yield label, (code(row.text) if as_code else text(row.text)) + where
    if len(texts) > _TEXTS:
        yield "", f"and {len(texts) - _TEXTS} more: see `results.json`"


def _title(cause: RootCause, rules: Mapping[str, Rule]) -> str:
    rule = rules.get(cause.rule)
    name = f" {rule.name}" if rule else ""
    return f"{text(cause.rule)}{name} {code(cause.subject)}"
