"""What the container trees share: a client of the engine, or the reason why there is none."""

import os
from collections.abc import Iterator

import docker
import pytest

from plugin_matrix.errors import ContainerEngineError
from plugin_matrix.sandbox.container.client import connect


@pytest.fixture(scope="session")
def engine() -> Iterator[docker.DockerClient]:
    """Return a client of the container engine; without one tests are skipped, or fail if told to."""
    try:
        client = connect()
    except ContainerEngineError as error:
        if os.environ.get("PLUGIN_MATRIX_ENGINE_REQUIRED"):
            raise
        pytest.skip(str(error))
    yield client
    client.close()
