"""The release this engine behaves as."""

from __future__ import annotations

import json
import os
from typing import Any

with open(os.path.join(os.path.dirname(__file__), "release.json"), encoding="utf-8") as _file:
    FACTS: dict[str, Any] = json.load(_file)

RELEASE: str = FACTS["release"]
GROUPS: dict[str, str] = FACTS["groups"]
"""Short name -> entry-point group, for the groups this release reads."""

_POSITIONS = {release: position for position, release in enumerate(FACTS["order"])}
_HERE = _POSITIONS[RELEASE]


def at_least(release: str) -> bool:
    """Tell whether this release is `release` or a later one; KeyError for one that was never made."""
    return _POSITIONS[release] <= _HERE


def before(release: str) -> bool:
    """Tell whether this release is older than `release`."""
    return _POSITIONS[release] > _HERE


def value(dimension: str) -> str:
    """Return the dimension's token at this release, empty before its first step."""
    token: str = FACTS["values"][dimension]
    return token
