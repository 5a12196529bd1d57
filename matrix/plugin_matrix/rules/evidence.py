"""From what was seen to what a reader is shown: findings with their texts and evidence.

Texts of the plugin's (exception messages, names) are foreign: control characters are removed, lengths
bounded, and the machine's own paths shortened.
"""

import re
import unicodedata
from collections.abc import Iterable

from plugin_matrix.model import Evidence, Finding
from plugin_matrix.model.observation import Change, Event, Frame, Raised
from plugin_matrix.rules.catalogue import catalogue

LONGEST = 300
"""Characters of foreign text in one message."""

MOST_EVIDENCE = 10
"""Pieces of evidence with one finding; more do not help a reader."""

_IMPORTED_FROM = re.compile(r" \((?:/|unknown location)[^)]*\)$")
_LIBRARY = re.compile(r"(?:/[^\s/'\"]+)+/(?:site|dist)-packages/")


def plain(text: str, longest: int = LONGEST) -> str:
    """Return foreign `text` as one printable line of at most `longest` characters."""
    # The path behind `cannot import name 'x' from 'y'` is the machine's, not the plugin's.
    line = _LIBRARY.sub("", _IMPORTED_FROM.sub("", text[: 4 * longest].strip()))
    shown = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in line)
    shown = " ".join(shown.split())
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def exception(raised: Raised) -> str:
    """Return `Type: message` as one line."""
    kind, message = plain(raised.type), plain(raised.message)
    return f"{kind}: {message}" if message else kind


def finding(rule: str, subject: str, message: str, evidence: Iterable[Evidence] = ()) -> Finding:
    """Make a finding of a catalogue's rule; level, effect and hint are the rule's."""
    known = catalogue()[rule]
    return Finding(
        rule=rule,
        level=known.level,
        subject=plain(subject),
        message=message,
        effect=known.effect,
        hint=known.hint,
        evidence=tuple(evidence)[:MOST_EVIDENCE],
    )


def place(frames: tuple[Frame, ...]) -> Frame | None:
    """Return the innermost frame that is the plugin's."""
    return next((frame for frame in reversed(frames) if frame.origin == "plugin"), None)


def of_raised(raised: Raised) -> tuple[Evidence, ...]:
    """Return where in the plugin an exception passed last, and what it said."""
    found = at(raised.frames, exception(raised), _symbol(raised))
    if raised.cause is None:
        return (found,)
    return (found, Evidence(text=f"caused by {plain(raised.cause)}"))


def of_change(change: Change) -> Evidence:
    """Return a difference between two states of a process."""
    before = "nothing" if change.before is None else plain(change.before)
    after = "nothing" if change.after is None else plain(change.after)
    return Evidence(symbol=plain(change.subject), text=f"{change.kind}: {before} before, {after} after")


def of_event(event: Event) -> Evidence:
    """Return what the plugin was seen doing, and where it did it."""
    refused = "" if event.allowed else " (refused)"
    return at(event.frames, f"{event.kind} {plain(event.detail)}{refused}", None)


def at(frames: tuple[Frame, ...], text: str | None, symbol: str | None) -> Evidence:
    """Return evidence with the plugin's innermost place in `frames`, if it has one."""
    frame = place(frames)
    if frame is None:
        return Evidence(symbol=symbol, text=text)
    return Evidence(
        file=plain(frame.file), line=frame.line, symbol=symbol or plain(frame.function), text=text
    )


def _symbol(raised: Raised) -> str | None:
    named = [part for part in (raised.missing_module, raised.missing_name) if part]
    return plain(".".join(named)) if named else None
