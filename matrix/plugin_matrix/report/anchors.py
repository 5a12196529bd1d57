"""Fragment names, bounded lists and rules of the HTML page, which all its parts share."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Generic, NamedTuple, TypeVar

from plugin_matrix.model import Rule

_ANCHOR_CHARACTERS = 120
_SECTIONS = (
    "about",
    "close",
    "decision",
    "filter",
    "find",
    "found",
    "matrix",
    "only",
    "open",
    "plugins",
    "problems",
    "rules",
)
"""Fragment names the template itself uses."""

_Item = TypeVar("_Item")


class Bounded(NamedTuple, Generic[_Item]):
    """The first items of a list and how many more there are."""

    shown: tuple[_Item, ...]
    more: int

    @classmethod
    def of(cls, items: Iterable[_Item], limit: int) -> "Bounded[_Item]":
        """Keep `limit` items."""
        every = tuple(items)
        return cls(every[:limit], max(0, len(every) - limit))


class Anchors:
    """Fragment names: readable, unique in the page, the same in every run with the same plugins."""

    def __init__(self) -> None:
        self._taken = Counter(_SECTIONS)

    def new(self, *parts: str) -> str:
        """Return a name for `parts` that no other call got."""
        base = re.sub(r"[^A-Za-z0-9._]+", "-", "-".join(parts)).strip("-")[:_ANCHOR_CHARACTERS]
        name = base or "plugin"
        while name in self._taken:
            self._taken[base] += 1
            name = f"{base}--{self._taken[base]}"
        self._taken[name] = 1
        return name


class RuleView(NamedTuple):
    """A rule that was broken; `rule` is None where this version does not know it."""

    id: str
    anchor: str
    rule: Rule | None

    @property
    def name(self) -> str:
        """The rule's name, where it is known."""
        return self.rule.name if self.rule else ""
