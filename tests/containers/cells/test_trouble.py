"""The engine, the image or the harness fails: a clear cause, and nothing left behind."""

import contextlib
import gc
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
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
from plugin_matrix.sandbox.container.images import BuiltImage, find_image
from plugin_matrix.sandbox.container.leftovers import our_containers, remove_left_containers
from plugin_matrix.sandbox.container.sandbox import ContainerSandbox

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
        removed = remove_left_containers(engine)
        assert (removed.containers, removed.troubles) == (1, ())
        assert left.id not in our_containers(engine)
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


def _image_of(architecture: str) -> bytes:
    """Return what `docker save` says of an empty image of ours for an architecture."""
    layer, saved = io.BytesIO(), io.BytesIO()
    tarfile.open(fileobj=layer, mode="w").close()
    marks = {labels.OURS: "1", labels.PLATFORM: "cpu-py312", labels.INTERPRETER: "/usr/bin/python3.12"}
    digest = f"sha256:{hashlib.sha256(layer.getvalue()).hexdigest()}"
    config = {
        "architecture": architecture,
        "os": "linux",
        "created": "2026-11-01T00:00:00Z",
        "config": {"Labels": marks},
        "rootfs": {"type": "layers", "diff_ids": [digest]},
    }
    manifest = [{"Config": "config.json", "RepoTags": ["other:latest"], "Layers": ["layer.tar"]}]
    with tarfile.open(fileobj=saved, mode="w") as archive:
        for name, content in (
            ("layer.tar", layer.getvalue()),
            ("config.json", json.dumps(config).encode()),
            ("manifest.json", json.dumps(manifest).encode()),
        ):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return saved.getvalue()


def test_an_image_of_another_architecture_is_told_with_both_and_not_run(
    private_engine: PrivateEngine, image: BuiltImage
) -> None:
    client = connect({"DOCKER_HOST": private_engine.address})
    other = "arm64" if image.architecture == "amd64" else "amd64"
    client.images.load(_image_of(other))
    with pytest.raises(ImageMissingError) as raised:
        find_image(client, "cpu-py312")
    assert f"is for {other}, and the container engine runs {image.architecture}" in raised.value.message
    assert "images build cpu-py312" in raised.value.next_step
    client.close()


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


def test_a_container_that_is_paused_by_others_is_the_machines_trouble(
    engine: docker.DockerClient, box: ContainerSandbox
) -> None:
    run = runner(box)
    short = msgspec.structs.replace(QUICK, wall_seconds=3)
    answer(run("print()", limits=short))
    threading.Timer(1, lambda: engine.api.pause(containers(engine, box)[0])).start()
    with pytest.raises(SandboxError, match="paused by others"):
        run("import time; time.sleep(600)", limits=short)
    assert answer(run("print('well')", limits=short)) == "well"


def shim_of(container: str) -> int:
    """Return the process that the engine keeps beside a container."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (process / "cmdline").read_bytes()
            if b"containerd-shim" in command and container.encode() in command:
                return int(process.name)
    return pytest.fail(f"no process of {container}")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_container_that_will_not_stop_is_given_up_and_the_others_go_on(
    private_engine: PrivateEngine, image: BuiltImage, tmp_path: Path
) -> None:
    client = connect({"DOCKER_HOST": private_engine.address})
    client.api.timeout = 4
    box = ContainerSandbox(client, image, tmp_path / "scratch", users=USERS)
    run = runner(box)
    short = msgspec.structs.replace(QUICK, wall_seconds=2)
    stuck = 0
    try:
        answer(run("print()", limits=short))
        (container,) = our_containers(client)
        stuck = shim_of(container)
        threading.Timer(1, lambda: os.kill(stuck, signal.SIGSTOP)).start()
        began = time.monotonic()
        with pytest.raises(ContainerEngineError, match="does not answer any more"):
            run("import time; time.sleep(600)", limits=short)
        assert answer(run("print('well')", limits=short)) == "well"
        box.close()
        assert time.monotonic() - began < 60
        assert list(our_containers(client)) == [container]
    finally:
        box.close()
        if stuck:
            os.kill(stuck, signal.SIGCONT)
    # Nobody is needed for it to go once it can: the lock it watches is gone.
    deadline = time.monotonic() + 20
    while our_containers(client) and time.monotonic() < deadline:
        time.sleep(0.5)
    assert our_containers(client) == {}
    client.close()
    gc.collect()


def test_what_a_run_is_told_when_it_is_interrupted_is_no_finding(box: ContainerSandbox) -> None:
    run = runner(box)
    answer(run("print()"))  # making a container may take longer than until the interruption
    threading.Timer(1, box.interrupt).start()
    execution = run("import time; time.sleep(600)")
    assert (execution.end, execution.result) == (End.INTERRUPTED, None)
