"""Containers for the cells of a platform; importing this needs the extra `containers`."""

from pathlib import Path

from plugin_matrix.model import Accelerator, Platform
from plugin_matrix.run.shelves import shelves
from plugin_matrix.sandbox.container.client import connect
from plugin_matrix.sandbox.container.gpus import possible_requests, usable_request
from plugin_matrix.sandbox.container.images import find_image
from plugin_matrix.sandbox.container.platforms import platform_images
from plugin_matrix.sandbox.container.sandbox import ContainerSandbox


class Containers:
    """A container engine that answers, and the sandboxes it can give.

    Raises `ContainerEngineError` when none answers.
    """

    def __init__(self) -> None:
        self._client = connect()

    def sandbox(self, platform: Platform, store: Path) -> ContainerSandbox:
        """Return a sandbox of the platform's image; raises `NoDeviceError` or `ImageMissingError`."""
        nvidia = platform.accelerator is Accelerator.CUDA
        possible = possible_requests(self._client) if nvidia else ()
        image = find_image(self._client, platform.id)
        described = platform_images().get(platform.id)
        return ContainerSandbox(
            self._client,
            image,
            store / "scratch",
            shelves=shelves(store),
            devices=tuple(described.devices.items()) if described else (),
            gpus=usable_request(self._client, image, possible) if possible else None,
        )

    def close(self) -> None:
        """Leave the engine."""
        self._client.close()
