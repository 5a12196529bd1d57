"""Whether a dictionary still holds what it held."""

from __future__ import annotations

from operator import is_

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def holds_the_same(now: Mapping[Any, Any], before: Mapping[Any, Any]) -> bool:
    """Tell whether a dictionary holds the same objects as a copy of it, by identity, in the same order."""
    if len(now) != len(before):
        return False
    return all(map(is_, list(now), before)) and all(map(is_, list(now.values()), before.values()))
