"""A root cause as rows of a name and a text, for people who read plain text."""

from collections.abc import Iterable, Iterator

from plugin_matrix.report.causes import Located, RootCause, evidence_text, on_stand_ins
from plugin_matrix.report.decision import change_view

SHOWN_TEXTS = 3
"""Messages, effects and hints, each, where many causes are told."""
SHOWN_EVIDENCE = 5
EVERYTHING = 1_000_000


def cause_rows(
    cause: RootCause, texts: int = SHOWN_TEXTS, evidence: int = SHOWN_EVIDENCE
) -> Iterator[tuple[str, str]]:
    """Yield the rows of what was told by running or from source."""
    yield "vLLM", cause.where
    if cause.known is not None:
        yield "known", cause.known or "accepted"
    if cause.stand_ins:
        yield "seen", on_stand_ins(cause.stand_ins)
    yield from _located("message", cause.messages, cause, texts)
    yield from _located("effect", cause.effects, cause, texts)
    yield from _located("hint", cause.hints, cause, texts)
    seen = [Located(evidence_text(item), where) for item, where in cause.evidence]
    yield from _located("evidence", seen, cause, evidence)


def baseline_rows(cause: RootCause) -> Iterator[tuple[str, str]]:
    """Yield how a root cause stands against the baseline."""
    for change in cause.changes:
        view = change_view(change)
        yield change.status.value, ". ".join(part for part in (view.where, view.told) if part)


def _located(
    name: str, located: Iterable[Located], cause: RootCause, limit: int
) -> Iterator[tuple[str, str]]:
    """Yield a row for each text, with its place where that is not the whole cause's."""
    texts = list(located)
    for text, where in texts[:limit]:
        yield name, text if where == cause.where else f"{text} [{where}]"
    if len(texts) > limit:
        yield "", f"and {len(texts) - limit} more, see results.json"
