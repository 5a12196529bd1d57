"""The reference engine does what the real sources did when they were run."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plugin_matrix.engines.history import InterfaceHistory

DATA = Path(__file__).parent / "data"
LOADER = json.loads((DATA / "loader_runs.json").read_text("utf-8"))
PLATFORM = json.loads((DATA / "platform_resolution_runs.json").read_text("utf-8"))
DRIVER = (Path(__file__).parent / "golden_driver.py").read_text("utf-8")


def releases_at_steps() -> list[str]:
    """Every release at which some case changes, the one before it, the covering set and the ends."""
    history = InterfaceHistory.load()
    order = history.releases
    steps = {run["since"] for table in (LOADER, PLATFORM) for case in table.values() for run in case["runs"]}
    chosen = set(history.covering_set()) | {order[0], order[-1]}
    for step in steps & set(order):
        position = order.index(step)
        chosen |= {step, order[max(0, position - 1)]}
    return [release for release in order if release in chosen]


def expected(table: dict[str, Any], release: str, history: InterfaceHistory) -> dict[str, Any]:
    """What each case gives at `release`; cases without a run by then are left out."""
    found = {}
    for name, case in table.items():
        for run in case["runs"]:
            if history.at_least(release, run["since"]):
                found[name] = {key: value for key, value in run.items() if key != "since"}
    return found


@pytest.mark.parametrize("release", releases_at_steps())
def test_loader_and_platform_choice_match_the_real_release(
    release: str, python: Callable[..., str], history: InterfaceHistory
) -> None:
    seen = json.loads(python(release, DRIVER, given=json.dumps({"loader": LOADER, "platform": PLATFORM})))
    assert seen["loader"] == expected(LOADER, release, history)
    assert seen["platform"] == expected(PLATFORM, release, history)


def test_the_tables_hold_every_case_that_was_run() -> None:
    assert (len(LOADER), len(PLATFORM)) == (19, 17)
