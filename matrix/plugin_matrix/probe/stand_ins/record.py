"""What was done with stand-ins in this process, bounded."""

from __future__ import annotations

from typing import Any

from ..text import MOST_TOLD

_MOST_ATTRIBUTES = 100
"""Distinct uses of what was only looked up, so that there is room for what tells more."""
_LONGEST = 200

_uses: dict[tuple[str, str], None] = {}


def note(kind: str, path: str) -> None:
    """Keep one use of what the dotted path leads to.

    `import`, `attribute` (looked up), `call`, `subclass` (derived from) or `value` (taken as a truth value,
    number, text or sequence, so that what follows may depend on it).
    """
    if len(_uses) < (_MOST_ATTRIBUTES if kind == "attribute" else MOST_TOLD):
        _uses.setdefault((kind, path[:_LONGEST]))


def uses() -> list[dict[str, Any]]:
    """Return the uses as `StandInUse` objects, in the order in which they were first made."""
    return [{"kind": kind, "path": path} for kind, path in list(_uses)]


def add(told: list[dict[str, Any]]) -> None:
    """Keep what another process has recorded."""
    for use in told:
        note(use["kind"], use["path"])
