"""A container sandbox to attack from inside, and what it may leave on the machine: nothing."""

import os
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest

from plugin_matrix.errors import ImageMissingError
from plugin_matrix.sandbox import Command, End, Execution, Limits, Warm
from plugin_matrix.sandbox.container import labels
from plugin_matrix.sandbox.container.images import BuiltImage, find_image
from plugin_matrix.sandbox.container.sandbox import ContainerSandbox

from .private_engine import PrivateEngine, started_engine

PLATFORM = "cpu-py311"
USERS = range(58100, 58164)
"""Not the range of real runs."""
WARM_PROGRAM = Path(__file__).parents[2] / "warm" / "source.py"
QUICK = Limits(wall_seconds=20, memory_bytes=256 * 1024**2, processes=32, scratch_bytes=32 * 1024**2)
REFUSED = """
def refused(act):
    try:
        return f"allowed: {act()!r}"
    except OSError as error:
        import errno
        return errno.errorcode[error.errno]
"""

Run = Callable[..., Execution]


@pytest.fixture
def private_engine(engine: docker.DockerClient, image: BuiltImage) -> Iterator[PrivateEngine]:
    """A daemon of this test's own that has the image."""
    with started_engine(engine, image) as started:
        yield started


@pytest.fixture(scope="session")
def image(engine: docker.DockerClient) -> BuiltImage:
    try:
        return find_image(engine, PLATFORM)
    except ImageMissingError as error:
        if os.environ.get("PLUGIN_MATRIX_ENGINE_REQUIRED"):
            raise
        return pytest.skip(str(error))


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory whose entries come while containers live."""
    directory = tmp_path_factory.mktemp("shelf")
    directory.chmod(0o755)
    return directory


@pytest.fixture(scope="module")
def box(
    engine: docker.DockerClient, image: BuiltImage, shelf: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ContainerSandbox]:
    made = ContainerSandbox(engine, image, tmp_path_factory.mktemp("scratch"), shelves=[shelf], users=USERS)
    yield made
    made.close()
    deadline = time.monotonic() + 10
    while containers(engine, made) and time.monotonic() < deadline:
        time.sleep(0.1)  # podman removes what has ended by a program of its own
    assert containers(engine, made) == []


def containers(engine: docker.DockerClient, sandbox: ContainerSandbox) -> list[str]:
    """Return the ids of the containers a sandbox has."""
    mine: dict[str, str | list[str] | bool] = {"label": f"{labels.RUN}={sandbox.run_id}"}
    return [str(one.id) for one in engine.containers.list(all=True, filters=mine, ignore_removed=True)]


def runner(sandbox: ContainerSandbox, *, forked: bool = False, ahead: str = "") -> Run:
    """Return a function that runs Python source in a cell of `sandbox`, executed or a fork."""
    warm = Warm(
        python=Path(sandbox.image.interpreter),
        program=WARM_PROGRAM,
        read_only=(WARM_PROGRAM.parent,),
        environment=(("LANG", "C.UTF-8"), ("AHEAD", REFUSED + textwrap.dedent(ahead))),
    )

    def run(
        source: str,
        *arguments: str,
        limits: Limits = QUICK,
        read_only: tuple[Path, ...] = (),
        **environment: str,
    ) -> Execution:
        program = REFUSED + textwrap.dedent(source)
        return sandbox.run(
            Command(
                argv=(str(sandbox.image.interpreter), "-c", program, *arguments),
                environment={
                    "HOME": "{scratch}",
                    "RESULT": "{result}",
                    "SCRATCH": "{scratch}",
                    **environment,
                },
                read_only=read_only,
                limits=limits,
                warm=warm if forked else None,
            )
        )

    return run


@pytest.fixture(params=["executed", "forked"])
def run(box: ContainerSandbox, request: pytest.FixtureRequest) -> Iterator[Run]:
    """Run as every cell can, and as those that are forks of a warm interpreter: both are locked in alike."""
    yield runner(box, forked=request.param == "forked")
    assert box.not_warm == ""


def answer(execution: Execution) -> str:
    """Return what a program printed that ended well."""
    assert (execution.end, execution.code) == (End.EXITED, 0), execution.output
    return execution.output.strip()
