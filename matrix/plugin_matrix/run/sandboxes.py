"""Choosing the sandbox of each platform: containers where an engine and the platform's image are there."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from pathlib import Path

import docker

from plugin_matrix.engines.dependencies import KIND as DEPENDENCIES
from plugin_matrix.errors import ContainerEngineError, ImageMissingError, PluginMatrixError
from plugin_matrix.model import Platform
from plugin_matrix.plugins.layer import KIND as LAYERS
from plugin_matrix.run.byte_code import KIND as COMPILED
from plugin_matrix.sandbox import Sandbox
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


@contextmanager
def sandboxes(
    choice: Choice, platforms: Sequence[Platform], store: Path, tell: Callable[[str], None]
) -> Iterator[dict[Platform, Sandbox]]:
    """Give each platform its sandbox, and remove what they made at the end.

    With `auto`, a platform that cannot have containers gets the process sandbox, which is told to `tell`.
    Raises `ContainerEngineError` or `ImageMissingError` where containers were asked for and cannot be had.
    """
    chosen: dict[Platform, Sandbox] = {}
    process: ProcessSandbox | None = None
    client: docker.DockerClient | None = None
    trouble: PluginMatrixError | None = None
    with ExitStack() as stack:
        if choice is not Choice.PROCESS:
            try:
                client = connect()
                stack.callback(client.close)
            except ContainerEngineError as error:
                if choice is Choice.CONTAINER:
                    raise
                trouble = error
                tell(f"NO CONTAINERS, cells run in the process sandbox: {error}")
        for platform in platforms:
            contained: ContainerSandbox | None = None
            if client is not None:
                try:
                    contained = _contained(client, platform, store)
                    stack.callback(contained.close)
                except ImageMissingError as error:
                    if choice is Choice.CONTAINER:
                        raise
                    tell(f"NO CONTAINERS for {platform.id}, its cells run in the process sandbox: {error}")
            if contained is None and process is None:
                process = ProcessSandbox(store / "scratch")
                stack.callback(process.close)
            sandbox = contained or process
            if sandbox is None:
                raise AssertionError(trouble)
            chosen[platform] = sandbox
        yield chosen


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
