import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from plugin_matrix.probe.processes import Channel, run_forked
from plugin_matrix.probe.starvation import MOST_TIMES

LIMIT = 0.8
RUN = run_forked


@pytest.fixture
def crowded() -> Iterator[None]:
    """One processor for this process and four that never rest."""
    processors = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(processors)})
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(4)]
    time.sleep(0.2)
    yield
    for process in busy:
        process.kill()
        process.wait()
    os.sched_setaffinity(0, processors)


def compute(channel: Channel) -> int:
    while time.process_time() < 0.5:
        pass
    channel.send(b'{"done": true}')
    return 0


def sleep(_: Channel) -> int:
    time.sleep(60)
    return 0


def compute_forever(_: Channel) -> int:
    while True:
        pass


def in_fresh_python(work: str) -> dict[str, object]:
    """Run `work` from a process whose own processor time begins at nothing."""
    code = (
        "import json, sys; sys.path.insert(0, sys.argv[2]); import test_starvation as t;"
        "print(json.dumps(t.RUN(getattr(t, sys.argv[1]), t.LIMIT).ended))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, work, os.path.dirname(__file__)],  # noqa: PTH120 - a sys.path entry
        capture_output=True,
        check=True,
        text=True,
    )

    return dict(json.loads(ended.stdout))


@pytest.mark.usefixtures("crowded")
def test_work_that_only_lacks_a_processor_is_not_taken_for_a_hang() -> None:
    ended = in_fresh_python("compute")
    assert ended["how"] == "reported", ended
    assert float(str(ended["seconds"])) > LIMIT


@pytest.mark.usefixtures("crowded")
def test_a_hang_is_ended_however_crowded_the_machine_is() -> None:
    slept = in_fresh_python("sleep")
    assert slept["how"] == "timeout"
    assert float(str(slept["seconds"])) < LIMIT * (1 + MOST_TIMES)
    computed = in_fresh_python("compute_forever")
    assert computed["how"] == "timeout"
    assert float(str(computed["seconds"])) < LIMIT * (2 + MOST_TIMES)
