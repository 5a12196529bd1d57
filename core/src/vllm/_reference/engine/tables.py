"""The big tables of the release.

Built-in architectures, fields of the configurations, resolved by the build.
"""

from __future__ import annotations

import json
import os
from functools import cache, lru_cache
from typing import Any


@cache
def table(name: str) -> dict[str, dict[str, Any]]:
    """Return `interface/tables/<name>.json` as it stands at this release: section -> name -> value."""
    path = os.path.join(os.path.dirname(os.path.dirname(__file__)), "tables", name + ".json")
    with open(path, encoding="utf-8") as file:
        return json.load(file)
