"""The interfaces a model may claim: each release's engine has those of the release, and no others.

`data/interfaces.json` was read off the releases' sources: public classes and functions that the two modules
define, with the releases that have them.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from plugin_matrix.engines.history import InterfaceHistory

HISTORY = InterfaceHistory.load()
DEFINED: dict[str, dict[str, str]] = json.loads(
    (Path(__file__).parent / "data" / "interfaces.json").read_text("utf-8")
)
SEEN = """
import importlib, json, sys
found = {}
for module in ("interfaces", "interfaces_base"):
    try:
        loaded = importlib.import_module("vllm.model_executor.models." + module)
    except ModuleNotFoundError:
        continue
    found[module] = [name for name in NAMES[module] if hasattr(loaded, name)]
print(json.dumps(found))
"""


def holds(ranges: str, release: str) -> bool:
    return any(
        HISTORY.at_least(release, since) and (not until or HISTORY.at_least(until, release))
        for since, _, until in (part.partition("-") for part in ranges.split())
    )


def releases_at_steps() -> list[str]:
    """Every release at which a name comes, the last one with it, and both ends."""
    order = list(HISTORY.releases)
    ends = {end for names in DEFINED.values() for part in names.values() for end in part.split("-") if end}
    return [release for release in order if release in ends | {order[0], order[-1]}]


@pytest.mark.parametrize("release", releases_at_steps())
def test_the_interfaces_of_models_are_the_releases(release: str, run: Callable[..., str]) -> None:
    names = {module: sorted(found) for module, found in DEFINED.items()}
    expected = {
        module: sorted(name for name, ranges in found.items() if holds(ranges, release))
        for module, found in DEFINED.items()
    }
    seen = json.loads(run(release, f"NAMES = {names!r}\n{SEEN}").splitlines()[-1])
    assert seen == {module: found for module, found in expected.items() if found}
