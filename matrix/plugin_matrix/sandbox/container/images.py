"""The images that are built: finding a platform's, listing all, removing what is left over."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import PurePosixPath

import docker
import msgspec
from docker.models.images import Image

from plugin_matrix.errors import ImageMissingError
from plugin_matrix.sandbox.container import labels
from plugin_matrix.sandbox.container.client import answering
from plugin_matrix.sandbox.container.platforms import platform_images

REPOSITORY = "vllm-plugin-matrix"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
"""Names that kernels give and the names that images give to the same."""


class BuiltImage(msgspec.Struct, frozen=True, kw_only=True):
    """A platform's finished image."""

    reference: str
    """`sha256:...`: the image itself, whatever its tag names later."""
    platform: str
    interpreter: PurePosixPath
    python: str
    """Full version, for example `3.11.2`."""
    origin: str
    """`registry` or `debian`: where its base is from."""
    base: str
    """The base's reference, or the release of Debian."""
    recipe: str
    """Hash of what it was made from."""
    stand_ins: PurePosixPath | None
    """Directory of the image with stand-ins for vendor modules, for the end of `sys.path`."""
    architecture: str
    size: int
    created: datetime


def find_image(client: docker.DockerClient, platform_id: str) -> BuiltImage:
    """Return the newest image of a platform that this engine can run.

    Raises `ImageMissingError` with the command that builds it.
    """
    found = [image for image in built_images(client) if image.platform == platform_id]
    build = f"plugin-matrix images build {platform_id}"
    if not found:
        raise ImageMissingError(
            f"The image of the platform {platform_id} is not built."
            if platform_id in platform_images()
            else f"There is no image for the platform {platform_id}.",
            next_step=f"Build it with `{build}`."
            if platform_id in platform_images()
            else f"Platforms with an image: {', '.join(platform_images())}.",
        )
    wanted = engine_architecture(client)
    fitting = [image for image in found if image.architecture == wanted]
    if not fitting:
        raise ImageMissingError(
            f"The image of the platform {platform_id} is for {found[0].architecture},"
            f" and the container engine runs {wanted}.",
            next_step=f"Build it anew with `{build}`.",
        )
    return fitting[0]


def built_images(client: docker.DockerClient) -> tuple[BuiltImage, ...]:
    """Return the finished images, the newest first."""
    found = [
        _built(image)
        for image in our_images(client)
        if {labels.PLATFORM, labels.INTERPRETER} <= image.labels.keys()
    ]
    return tuple(sorted(found, key=lambda image: image.created, reverse=True))


def our_images(client: docker.DockerClient) -> Iterator[Image]:
    """Yield all images we made, bases and what builds left included."""
    with answering():
        listed = client.images.list(filters={"label": labels.OURS})
    yield from listed


def engine_architecture(client: docker.DockerClient) -> str:
    """Return what the engine runs, in the images' words, for example `amd64`."""
    with answering():
        name = str(client.version()["Arch"])
    return ARCHITECTURES.get(name, name)


def _built(image: Image) -> BuiltImage:
    stand_ins = image.labels.get(labels.STAND_INS)
    return BuiltImage(
        reference=str(image.id),
        platform=image.labels[labels.PLATFORM],
        interpreter=PurePosixPath(image.labels[labels.INTERPRETER]),
        python=image.labels.get(labels.PYTHON, ""),
        origin=image.labels.get(labels.ORIGIN, ""),
        base=image.labels.get(labels.BASE, ""),
        recipe=image.labels.get(labels.RECIPE, ""),
        stand_ins=PurePosixPath(stand_ins) if stand_ins else None,
        architecture=str(image.attrs["Architecture"]),
        size=int(image.attrs["Size"]),
        created=created(image),
    )


def created(image: Image) -> datetime:
    """Return when an image was made; engines write nanoseconds, or an offset, or both."""
    return datetime.fromisoformat(str(image.attrs["Created"])).astimezone(UTC)
