"""Byte code by an image's Python for directories of packages that were installed from outside."""

import contextlib
from pathlib import Path

import docker
import docker.errors
import requests

from plugin_matrix.errors import SandboxError
from plugin_matrix.sandbox.container import labels
from plugin_matrix.sandbox.container.client import answering
from plugin_matrix.sandbox.container.images import BuiltImage
from plugin_matrix.sandbox.container.limits import Confinement, engine_information, is_rootless
from plugin_matrix.sandbox.container.mounts import covered
from plugin_matrix.sandbox.protocol import Limits

SECONDS = 900
_LIMITS = Limits(processes=64, file_bytes=256 * 1024**2)


def compile_byte_code(
    client: docker.DockerClient, image: BuiltImage, run: str, directory: Path, running: set[str]
) -> None:
    """Compile every source below `directory` in a container that may write there and nowhere else.

    Its id is in `running` while it lives, for whoever wants to end it.

    What cannot be compiled is left to fail, if ever, where it is imported. Raises `SandboxError`.
    """
    settings = Confinement.of(_LIMITS).host_settings(client) | {"user": _owner(client, directory)}
    settings["tmpfs"] |= covered([directory])
    # Nothing of the directory ever changes again, so Python need not compare it with its source.
    argv = [str(image.interpreter), "-I", "-S", "-W", "ignore", "-m", "compileall", "-q", "-q", "-j", "0"]
    argv += ["--invalidation-mode", "unchecked-hash", str(directory)]
    with answering():
        container = client.containers.create(
            image.reference,
            argv,
            entrypoint=[],
            working_dir="/",
            labels=labels.of_container(run),
            mounts=[docker.types.Mount(str(directory), str(directory), type="bind")],
            **settings,
        )
    running.add(str(container.id))
    try:
        with answering():
            container.start()
            status = container.wait(timeout=SECONDS)["StatusCode"]
            said = container.logs(tail=5).decode(errors="replace").strip()
    finally:
        running.discard(str(container.id))
        with contextlib.suppress(docker.errors.DockerException, requests.RequestException):
            container.remove(force=True)
    if status not in (0, 1):  # 1: some source is for another Python, as tests of packages are
        raise SandboxError(
            f"Python {image.python} of the platform {image.platform} cannot compile in its container"
            f" (status {status}): {said[-300:]}",
            next_step=f"Build the image anew with `plugin-matrix images build {image.platform}`.",
        )


def _owner(client: docker.DockerClient, directory: Path) -> str:
    """Return who writes in the container: in a rootless engine its root is the user who runs it."""
    if is_rootless(engine_information(client)):
        return "0:0"
    status = directory.stat()
    return f"{status.st_uid}:{status.st_gid}"
