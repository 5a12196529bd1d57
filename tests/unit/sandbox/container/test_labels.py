import os
import subprocess
import sys
from collections.abc import Mapping

import msgspec
import pytest

from plugin_matrix.sandbox.container import labels


def test_a_living_owners_container_is_no_leftover() -> None:
    assert not labels.is_leftover(labels.of_container("run"))


OF_ANOTHER_PROCESS = """
import json
from plugin_matrix.sandbox.container import labels
print(json.dumps(labels.of_container("run")))
"""


@pytest.fixture(scope="module")
def of_a_dead_harness() -> dict[str, str]:
    done = subprocess.run([sys.executable, "-c", OF_ANOTHER_PROCESS], capture_output=True, check=True)
    return msgspec.json.decode(done.stdout, type=dict[str, str])


def test_a_dead_owners_container_is_a_leftover(of_a_dead_harness: Mapping[str, str]) -> None:
    assert labels.is_leftover(of_a_dead_harness)


def test_a_process_that_got_a_dead_owners_number_is_not_the_owner() -> None:
    marks = labels.of_container("run") | {labels.OWNER: f"{os.getpid()}:1"}
    assert labels.is_leftover(marks)


@pytest.mark.parametrize(
    "change",
    [
        {labels.MACHINE: "another boot"},
        {labels.OWNER: "nonsense"},
        {labels.OWNER: "12:"},
        {labels.OWNER: "-1:5"},
        {labels.OWNER: ""},
    ],
)
def test_what_cannot_be_judged_is_left_alone(
    of_a_dead_harness: Mapping[str, str], change: Mapping[str, str]
) -> None:
    assert not labels.is_leftover({**of_a_dead_harness, **change})


def test_what_others_made_is_left_alone(of_a_dead_harness: Mapping[str, str]) -> None:
    marks = dict(of_a_dead_harness)
    del marks[labels.OURS]
    assert not labels.is_leftover(marks)
