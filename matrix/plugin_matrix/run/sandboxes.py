"""Choosing the sandbox of each platform: containers where an engine and the platform's image are there."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import NoReturn

import docker

from plugin_matrix.engines.dependencies import KIND as DEPENDENCIES
from plugin_matrix.errors import ContainerEngineError, ImageMissingError, PluginMatrixError, SandboxError
from plugin_matrix.model import Accelerator, Platform
from plugin_matrix.plugins.layer import KIND as LAYERS
from plugin_matrix.run.byte_code import KIND as COMPILED
from plugin_matrix.sandbox import Command, Sandbox
from plugin_matrix.sandbox.container.client import connect
from plugin_matrix.sandbox.container.images import find_image
from plugin_matrix.sandbox.container.platforms import platform_images
from plugin_matrix.sandbox.container.sandbox import ContainerSandbox
from plugin_matrix.sandbox.process import ProcessSandbox

SHELVES = (LAYERS, COMPILED, DEPENDENCIES)
"""Kinds of the store whose entries come while containers live: plugins and what they need."""


class Choice(StrEnum):
    """What the user asked for."""

    AUTO = "auto"
    CONTAINER = "container"
    PROCESS = "process"


class NoSandbox:
    """Stands where a platform's cells cannot be run at all; says why."""

    def __init__(self, why: PluginMatrixError) -> None:
        self._why = why

    def run(self, _: Command) -> NoReturn:
        """Raise what is in the way."""
        raise SandboxError(
            f"Only containers have this platform. {self._why.message}", next_step=self._why.next_step
        )

    def interrupt(self) -> None:
        """Do nothing: nothing runs."""


@contextmanager
def sandboxes(
    choice: Choice, platforms: Sequence[Platform], store: Path, tell: Callable[[str], None]
) -> Iterator[dict[Platform, Sandbox]]:
    """Give each platform its sandbox, and remove what they made at the end.

    With `auto`, a platform that cannot have containers gets the process sandbox, which is told to `tell`; one
    that is more than its Python is in images alone, and its cells then stay undetermined.
    Raises `ContainerEngineError` or `ImageMissingError` where containers were asked for and cannot be had.
    """
    chosen: dict[Platform, Sandbox] = {}
    with ExitStack() as stack:
        engine = None if choice is Choice.PROCESS else _engine(choice, stack, tell)
        process: ProcessSandbox | None = None
        for platform in platforms:
            trouble: SandboxError | None = engine if isinstance(engine, SandboxError) else None
            if isinstance(engine, docker.DockerClient):
                try:
                    contained = _contained(engine, platform, store)
                except ImageMissingError as error:
                    if choice is Choice.CONTAINER:
                        raise
                    tell(f"NO CONTAINERS for {platform.id}: {error}")
                    trouble = error
                else:
                    stack.callback(contained.close)
                    chosen[platform] = contained
                    continue
            if trouble is not None and platform.accelerator is not Accelerator.CPU:
                chosen[platform] = NoSandbox(trouble)
                continue
            if process is None:
                process = ProcessSandbox(store / "scratch")
                stack.callback(process.close)
            chosen[platform] = process
        yield chosen


def _engine(
    choice: Choice, stack: ExitStack, tell: Callable[[str], None]
) -> docker.DockerClient | ContainerEngineError:
    """Return a client of the container engine, or why there is none."""
    try:
        client = connect()
    except ContainerEngineError as error:
        if choice is Choice.CONTAINER:
            raise
        tell(f"NO CONTAINERS, cells run in the process sandbox: {error}")
        return error
    stack.callback(client.close)
    return client


def _contained(client: docker.DockerClient, platform: Platform, store: Path) -> ContainerSandbox:
    image = find_image(client, platform.id)
    described = platform_images().get(platform.id)
    return ContainerSandbox(
        client,
        image,
        store / "scratch",
        shelves=[store / kind for kind in SHELVES],
        devices=tuple(described.devices.items()) if described else (),
    )
