"""What this machine has for containers; importing this needs the extra `containers`."""

import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plugin_matrix.errors import PluginMatrixError
from plugin_matrix.model.size import size_text
from plugin_matrix.run.examination import (
    ENGINE,
    IMAGES,
    WITHOUT_REGISTRY,
    Check,
    ContainerExamination,
    State,
    answer,
)
from plugin_matrix.sandbox.container.building import recipe
from plugin_matrix.sandbox.container.client import answering, connect
from plugin_matrix.sandbox.container.debian import obstacle
from plugin_matrix.sandbox.container.images import BuiltImage, built_images
from plugin_matrix.sandbox.container.limits import is_rootless, may_limit
from plugin_matrix.sandbox.container.platforms import platform_images

if TYPE_CHECKING:
    import docker

ENGINE_BYTES = 1024**3
"""Free space of an engine below which building an image, or a container, is likely to fail."""


def examine_containers(environment: Mapping[str, str]) -> ContainerExamination:
    """Look for an engine, for images, and for what makes them where no registry is reached."""
    client, engine = _connected(environment)
    try:
        images = _built(client) if client else []
        questions: dict[str, Callable[[], Check]] = {
            IMAGES: lambda: _images(client, images),
            WITHOUT_REGISTRY: lambda: _debian(client),
        }
        asked = [answer(name, question) for name, question in questions.items()]
    finally:
        if client:
            client.close()
    return ContainerExamination(len(images), (engine, *asked))


def _connected(environment: Mapping[str, str]) -> "tuple[docker.DockerClient | None, Check]":
    client = None
    try:
        client = connect(environment)
        with answering():
            return client, engine_check(client.info(), client.version())
    except PluginMatrixError as error:
        if client:
            client.close()
        return None, Check(ENGINE, State.LIMITED, error.message, error.next_step)


def engine_check(info: Mapping[str, Any], version: Mapping[str, Any]) -> Check:
    """Say what matters of an engine: version, rootless or not, control groups, free disk."""
    name = (version.get("Platform") or {}).get("Name") or "Docker"
    # Podman names the system it runs on instead of itself.
    named = [str(part.get("Name")) for part in version.get("Components") or ()]
    name = next((one for one in named if one.startswith("Podman")), name)
    facts = [
        f"{name} {version.get('Version', '')}".strip(),
        "rootless" if is_rootless(info) else "as root",
        f"control groups version {info.get('CgroupVersion') or 'unknown'}"
        + ("" if may_limit(info) else ", which lets no rootless engine limit memory and processes"),
    ]
    place = Path(info.get("DockerRootDir") or "/nonexistent")
    free = shutil.disk_usage(place).free if place.exists() else None
    if free is not None:
        facts.append(f"{size_text(free)} free")
    found = "; ".join([*facts, *(str(warning) for warning in info.get("Warnings") or ())])
    if free is not None and free < ENGINE_BYTES:
        return Check(
            ENGINE,
            State.LIMITED,
            found,
            f"free some space below {place}: `plugin-matrix images prune`, `docker system prune`",
        )
    if not may_limit(info):
        return Check(
            ENGINE,
            State.LIMITED,
            found,
            "boot with control groups version 2 (`systemd.unified_cgroup_hierarchy=1`), or run it as root",
        )
    return Check(ENGINE, State.OK, found)


def _built(client: "docker.DockerClient") -> list[BuiltImage]:
    try:
        return list(built_images(client))
    except PluginMatrixError:
        return []


def _images(client: "docker.DockerClient | None", images: list[BuiltImage]) -> Check:
    if client is None:
        return Check(IMAGES, State.LIMITED, "none can be asked for without a container engine")
    known = platform_images()
    built = {image.platform for image in images}
    current = {
        image.platform
        for image in images
        if image.platform in known and image.recipe == recipe(known[image.platform], image.origin)
    }
    found = ", ".join(f"{name}{'' if name in current else ' (outdated)'}" for name in known if name in built)
    wanted = [name for name in known if name not in current]
    mend = f"`plugin-matrix images build {' '.join(wanted)}`" if wanted else ""
    return Check(IMAGES, State.OK if current else State.LIMITED, found or "none is built", mend)


def _debian(client: "docker.DockerClient | None") -> Check:
    if client is None:
        return Check(WITHOUT_REGISTRY, State.LIMITED, "cannot be made without a container engine")
    problem = obstacle(client, Path(tempfile.gettempdir()))
    if problem is None:
        return Check(WITHOUT_REGISTRY, State.OK, "their bases can be made from Debian packages")
    return Check(WITHOUT_REGISTRY, State.LIMITED, problem.message, problem.next_step)
