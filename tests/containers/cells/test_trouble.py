"""The engine, the image or the harness fails: a clear cause, and nothing left behind."""

import contextlib
import gc
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import docker
import msgspec
import pytest

from plugin_matrix.errors import ContainerEngineError, ImageMissingError, SandboxError
from plugin_matrix.sandbox import Command, End
from plugin_matrix.sandbox.container import labels
from plugin_matrix.sandbox.container.client import connect
from plugin_matrix.sandbox.container.images import BuiltImage
from plugin_matrix.sandbox.container.sandbox import ContainerSandbox, remove_leftovers

from .conftest import QUICK, USERS, answer, containers, runner
from .private_engine import PrivateEngine

HARNESS = """
import sys, time
from pathlib import Path
from plugin_matrix.sandbox import Command
from plugin_matrix.sandbox.container.client import connect
from plugin_matrix.sandbox.container.images import find_image
from plugin_matrix.sandbox.container.sandbox import ContainerSandbox

client = connect()
box = ContainerSandbox(client, find_image(client, "cpu-py311"), Path(sys.argv[1]))
python = str(box.image.interpreter)
box.run(Command(argv=(python, "-c", "pass"), environment={}))
print(box.run_id, flush=True)
box.run(Command(argv=(python, "-c", "import time; time.sleep(600)"), environment={}))
"""


def of_run(engine: docker.DockerClient, run: str) -> list[str]:
    mine: dict[str, str | list[str] | bool] = {"label": f"{labels.RUN}={run}"}
    return [str(one.id) for one in engine.containers.list(all=True, filters=mine, ignore_removed=True)]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_harness_that_is_killed_leaves_no_container(
    engine: docker.DockerClient, image: BuiltImage, tmp_path: Path, number: int
) -> None:
    assert image.reference
    with subprocess.Popen(
        [sys.executable, "-c", HARNESS, tmp_path],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as harness:
        assert harness.stdout is not None
        run = harness.stdout.readline().strip()
        assert len(of_run(engine, run)) == 1
        time.sleep(0.5)
        harness.send_signal(number)
        harness.wait(20)
    deadline = time.monotonic() + 10
    while of_run(engine, run) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert of_run(engine, run) == []


def test_containers_of_a_dead_harness_are_removed_by_the_next_and_a_living_ones_stay(
    engine: docker.DockerClient, image: BuiltImage, box: ContainerSandbox
) -> None:
    answer(runner(box)("print()"))
    alive = containers(engine, box)
    dead = labels.of_container("dead") | {labels.OWNER: "4194303:1"}
    left = engine.containers.create(image.reference, ["/bin/sh"], labels=dead)
    other = engine.containers.create(
        image.reference, ["/bin/sh"], labels=dead | {labels.MACHINE: "another machine"}
    )
    try:
        assert remove_leftovers(engine) == (left.name,)
        assert set(containers(engine, box)) == set(alive)
    finally:
        other.remove(force=True)


def test_a_container_that_is_removed_meanwhile_is_the_machines_trouble_and_the_next_cell_runs(
    engine: docker.DockerClient, box: ContainerSandbox
) -> None:
    run = runner(box)
    answer(run("print()"))

    def remove() -> None:
        for one in containers(engine, box):
            with contextlib.suppress(docker.errors.APIError):
                engine.api.remove_container(one, force=True)

    threading.Timer(1, remove).start()
    with pytest.raises(SandboxError, match="container"):
        run("import time; time.sleep(600)")
    assert answer(run("print('well')")) == "well"


def test_a_warm_container_that_was_removed_between_cells_is_replaced(
    engine: docker.DockerClient, box: ContainerSandbox
) -> None:
    run = runner(box)
    answer(run("print()"))
    for one in containers(engine, box):
        engine.api.remove_container(one, force=True)
    assert answer(run("print('well')")) == "well"


def test_an_image_that_is_gone_is_told_with_the_command_that_builds_it(
    engine: docker.DockerClient, image: BuiltImage, tmp_path: Path
) -> None:
    gone = msgspec.structs.replace(image, reference="sha256:" + "0" * 64)
    box = ContainerSandbox(engine, gone, tmp_path, users=USERS)
    try:
        with pytest.raises(ImageMissingError, match="plugin-matrix images build cpu-py311"):
            runner(box)("print()")
    finally:
        box.close()


def test_a_directory_that_is_not_there_or_closed_to_the_cells_user_is_named(
    box: ContainerSandbox, tmp_path: Path
) -> None:
    run = runner(box)
    with pytest.raises(SandboxError, match="does not exist"):
        run("", read_only=(tmp_path / "absent",))
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(SandboxError, match=r"may not read .*closed"):
        run("", read_only=(closed,))


def test_a_program_that_is_not_there_is_told(box: ContainerSandbox) -> None:
    with pytest.raises(SandboxError, match="/no/such/program"):
        box.run(Command(argv=("/no/such/program",), environment={}, limits=QUICK))


# The SDK leaves a socket open that could not be connected.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_daemon_that_dies_meanwhile_is_the_machines_trouble(
    private_engine: PrivateEngine, image: BuiltImage, tmp_path: Path
) -> None:
    client = connect({"DOCKER_HOST": private_engine.address})
    box = ContainerSandbox(client, image, tmp_path / "scratch", users=USERS)
    run = runner(box)
    try:
        assert answer(run("print('well')")) == "well"
        threading.Timer(1, lambda: os.kill(private_engine.process, signal.SIGKILL)).start()
        began = time.monotonic()
        with pytest.raises(ContainerEngineError):
            run("import time; time.sleep(600)")
        with pytest.raises(ContainerEngineError):
            run("print('not any more')")
        assert time.monotonic() - began < 20
    finally:
        box.close()
        client.close()
        gc.collect()


def test_what_a_run_is_told_when_it_is_interrupted_is_no_finding(box: ContainerSandbox) -> None:
    run = runner(box)
    answer(run("print()"))  # making a container may take longer than until the interruption
    threading.Timer(1, box.interrupt).start()
    execution = run("import time; time.sleep(600)")
    assert (execution.end, execution.result) == (End.INTERRUPTED, None)
