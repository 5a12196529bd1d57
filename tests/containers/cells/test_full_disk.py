"""The engine's disk is full: told as that on the cells and images it touches, and nothing half made stays."""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest

from plugin_matrix.errors import DiskFullError
from plugin_matrix.sandbox import Limits
from plugin_matrix.sandbox.container.bases import Base, Bases
from plugin_matrix.sandbox.container.building import build_image
from plugin_matrix.sandbox.container.client import connect
from plugin_matrix.sandbox.container.images import BuiltImage
from plugin_matrix.sandbox.container.platforms import platform_images
from plugin_matrix.sandbox.container.progress import BuildProgress, SilentProgress
from plugin_matrix.sandbox.container.sandbox import ContainerSandbox

from .conftest import QUICK, USERS, answer, containers, runner
from .private_engine import PrivateEngine, started_engine

OTHER = Limits(wall_seconds=20, memory_bytes=300 * 1024**2, processes=32, scratch_bytes=32 * 1024**2)
"""For these a container of their own is needed."""
MEBIBYTE = bytes(1024**2)


@pytest.fixture
def small_engine(engine: docker.DockerClient, image: BuiltImage) -> Iterator[PrivateEngine]:
    """A daemon whose disk the image leaves little of."""
    with started_engine(engine, image, disk="400m") as started:
        yield started


@pytest.fixture
def client(small_engine: PrivateEngine) -> Iterator[docker.DockerClient]:
    found = connect({"DOCKER_HOST": small_engine.address})
    yield found
    found.close()


@pytest.fixture
def fill(small_engine: PrivateEngine) -> Callable[[int], Path]:
    """Return a function that fills the daemon's disk, all but some mebibytes; it returns the file."""

    def write(leave: int) -> Path:
        file = small_engine.data / "filler"
        with file.open("wb") as opened, contextlib.suppress(OSError):
            while leave == 0 or _free(small_engine.data) > leave * len(MEBIBYTE):
                opened.write(MEBIBYTE)
                opened.flush()
        return file

    return write


def _free(place: Path) -> int:
    status = os.statvfs(place)
    return status.f_bavail * status.f_frsize


def test_a_full_disk_is_told_as_that_and_what_needs_no_space_goes_on(
    client: docker.DockerClient, image: BuiltImage, tmp_path: Path, fill: Callable[[int], Path]
) -> None:
    box = ContainerSandbox(client, image, tmp_path / "scratch", users=USERS)
    run = runner(box)
    try:
        assert answer(run("print('warm')", limits=QUICK)) == "warm"
        filler = fill(0)
        with pytest.raises(DiskFullError, match=r"container engine's disk is full\. .*images prune"):
            run("print('a new container')", limits=OTHER)
        assert len(containers(client, box)) == 1
        assert answer(run("print('still warm')", limits=QUICK)) == "still warm"
        filler.unlink()
        assert answer(run("print('space again')", limits=OTHER)) == "space again"
    finally:
        box.close()
    assert client.containers.list(all=True) == []


class OnImage(Bases):
    """The image itself as base of another, since it has all that a base needs."""

    def __init__(self, client: docker.DockerClient, image: BuiltImage) -> None:
        super().__init__(client, from_debian=True, mirror="", renew=False)
        self._image = image

    def provide(self, *_: object) -> Base:
        return Base(self._image.reference, str(self._image.interpreter), "debian", "an image")


class Stages(SilentProgress):
    def __init__(self) -> None:
        self.seen: list[str] = []

    def stage(self, text: str) -> None:
        self.seen.append(text)


def test_an_image_that_the_disk_has_no_room_for_leaves_nothing(
    client: docker.DockerClient, image: BuiltImage, fill: Callable[[int], Path], small_engine: PrivateEngine
) -> None:
    def build(progress: BuildProgress) -> BuiltImage:
        return build_image(client, platform_images()["npu-sim-py311"], OnImage(client, image), progress)

    def ids() -> set[str]:
        return {str(one.id) for one in client.images.list(all=True)}

    before, progress = ids(), Stages()
    # Enough for the steps that write little, too little for the copy of all.
    filler = fill(40)
    free = _free(small_engine.data)
    with pytest.raises(DiskFullError, match="container engine's disk is full"):
        build(progress)
    assert progress.seen == ["building on an image"]
    assert ids() == before
    assert client.containers.list(all=True) == []
    assert _free(small_engine.data) > free - 2 * len(MEBIBYTE)
    filler.unlink()
    assert build(SilentProgress()).platform == "npu-sim-py311"
