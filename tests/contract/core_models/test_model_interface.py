"""What counts as a model, in every release: the runs were observed on the real sources."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from plugin_matrix.engines.history import InterfaceHistory

RELEASES = tuple(str(release) for release in InterfaceHistory.load().releases)
HERE = Path(__file__).parent
OBSERVED = json.loads((HERE / "data" / "model_interface_runs.json").read_text())
WITH_INTERFACES = RELEASES[RELEASES.index("0.6.3") :]


def expected(release: str) -> dict[str, str]:
    found = {}
    for subject, steps in OBSERVED.items():
        held = [step for step in steps if RELEASES.index(step["since"]) <= RELEASES.index(release)]
        found[subject] = held[-1]["result"]
    return found


@pytest.mark.parametrize("release", WITH_INTERFACES)
def test_thirteen_classes_are_judged_as_by_the_real_release(release: str, run: Callable[..., str]) -> None:
    assert json.loads(run(release, HERE / "interface_subject.py")) == expected(release)
