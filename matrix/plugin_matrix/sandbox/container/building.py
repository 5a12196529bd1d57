"""Building a platform's image: base, Dockerfile, a look inside, and only then its name.

What was interrupted has no name, so it is never found, and bears our label, so `images prune` removes it.
"""

import contextlib
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import docker
import docker.errors
import msgspec
import requests

from plugin_matrix.errors import ImageBuildError, PluginMatrixError
from plugin_matrix.sandbox.container import labels
from plugin_matrix.sandbox.container.bases import Base, Bases
from plugin_matrix.sandbox.container.client import answering, raise_if_disk_full, told
from plugin_matrix.sandbox.container.images import REPOSITORY, BuiltImage, built_images, engine_architecture
from plugin_matrix.sandbox.container.leftovers import remove_steps
from plugin_matrix.sandbox.container.limits import Confinement
from plugin_matrix.sandbox.container.platforms import PlatformImage, dockerfiles_directory
from plugin_matrix.sandbox.container.progress import BuildProgress, SilentProgress
from plugin_matrix.sandbox.protocol import Limits

# Run in the finished image: an image whose Python does not start is none.
_ASK = """
import ctypes, json, os, platform
ctypes.CDLL("libgomp.so.1"), ctypes.CDLL("libstdc++.so.6")
import asyncio, bz2, ctypes, hashlib, lzma, multiprocessing, sqlite3, ssl, zlib
print(json.dumps({"python": platform.python_version(), "user": os.getuid()}))
"""
_LAST_LINES = 3
_STEP = re.compile(r"-{2,3}> (?P<id>[0-9a-f]{8,64})")


class _Answer(msgspec.Struct):
    python: str
    user: int


class Outcome(msgspec.Struct, frozen=True):
    """What came of one platform."""

    platform: str
    image: BuiltImage | None
    problem: str = ""
    """Why there is no image, in one line."""
    next_step: str = ""
    built: bool = False
    """False where the image was there and up to date."""


def build_all(
    client: docker.DockerClient,
    platforms: tuple[PlatformImage, ...],
    bases: Bases,
    *,
    renew: bool,
    progress_of: Callable[[str], BuildProgress],
) -> Iterator[Outcome]:
    """Build one image after the other; one that cannot be built does not keep the others from it."""
    for platform in platforms:
        present = None if renew else up_to_date(client, platform)
        if present is not None:
            yield Outcome(platform.id, present)
            continue
        try:
            image = build_image(client, platform, bases, progress_of(platform.id))
        except PluginMatrixError as error:
            yield Outcome(platform.id, None, " ".join(error.message.split()).rstrip("."), error.next_step)
        else:
            yield Outcome(platform.id, image, built=True)


def up_to_date(client: docker.DockerClient, platform: PlatformImage) -> BuiltImage | None:
    """Return the platform's image if it was made from what its Dockerfile and base are now."""
    wanted = engine_architecture(client)
    for image in built_images(client):
        if (
            image.platform == platform.id
            and image.architecture == wanted
            and image.recipe == recipe(platform, image.origin)
        ):
            return image
    return None


def recipe(platform: PlatformImage, origin: str) -> str:
    """Hash what an image is made from, so that one made from older files is told.

    What a registry has does not matter to one whose base is of Debian packages.
    """
    directory = dockerfiles_directory()
    made_from = msgspec.structs.replace(platform, image="", digest="") if origin == "debian" else platform
    digest = hashlib.sha256(msgspec.json.encode(made_from, enc_hook=str))
    for part in ("parts", platform.id):
        for file in sorted(path for path in (directory / part).rglob("*") if _is_source(path)):
            digest.update(f"\0{file.relative_to(directory).as_posix()}\0".encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _is_source(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts


def build_image(
    client: docker.DockerClient, platform: PlatformImage, bases: Bases, progress: BuildProgress
) -> BuiltImage:
    """Build the image of `platform`.

    Raises `ImageBuildError`, `DiskFullError` or `ContainerEngineError`; nothing half made stays.
    """
    base = bases.provide(platform, progress)
    if base.origin == "registry" and not platform.digest:
        progress.warn(
            f"{platform.image} IS NOT PINNED: what the tag names today is taken;"
            " `plugin-matrix images pin` pins it to a digest"
        )
    steps: list[str] = []
    try:
        progress.stage(f"building on {base.name}")
        made = _build(client, platform, base, steps, progress)
        progress.stage("looking inside")
        answer = _look_inside(client, platform, base, made)
        reference = _name(client, platform, base, made, answer)
    finally:
        remove_steps(client, steps)
    found = next((image for image in built_images(client) if image.reference == reference), None)
    if found is None:
        raise ImageBuildError("the container engine has lost the image it has just built")
    return found


def _build(
    client: docker.DockerClient,
    platform: PlatformImage,
    base: Base,
    steps: list[str],
    progress: BuildProgress,
) -> str:
    return _stream(
        client.api.build(
            path=str(dockerfiles_directory()),
            dockerfile=platform.dockerfile,
            buildargs={"BASE_IMAGE": base.reference, "INTERPRETER": base.interpreter},
            labels=labels.of_image(),
            # A base from Debian packages has all that the Dockerfile asks for; others may need a library. The
            # engine's own network is not asked for, since an engine that runs cells needs none.
            network_mode="none" if base.origin == "debian" else "host",
            rm=True,
            forcerm=True,
            decode=True,
        ),
        steps,
        progress,
    )


def _stream(events: Iterator[dict[str, object]], steps: list[str], progress: BuildProgress) -> str:
    """Follow a build, note the images of its steps, and return the last one's id."""
    made = ""
    said: list[str] = []
    with _build_errors():
        for event in events:
            if "error" in event:
                raise _build_error(str(event["error"]), said)
            aux = event.get("aux")
            if isinstance(aux, dict) and "ID" in aux:
                made = str(aux["ID"])
            text = str(event.get("stream", "")).strip()
            step = _STEP.fullmatch(text)
            if step:
                steps.append(step["id"])
            elif text.startswith("Successfully built "):
                made = made or text.split()[-1]
            elif text:
                said = [*said, text][-_LAST_LINES:]
                progress.detail(text.splitlines()[0])
    if not made:
        raise ImageBuildError("the container engine ended the build without an image")
    return made


@contextlib.contextmanager
def _build_errors() -> Iterator[None]:
    try:
        yield
    except (docker.errors.DockerException, requests.RequestException) as error:
        raise _build_error(told(error), []) from error


def _build_error(reason: str, said: list[str]) -> ImageBuildError:
    raise_if_disk_full(" ".join([reason, *said]))
    context = f" (last: {' | '.join(said)})" if said else ""
    return ImageBuildError(f"the build failed: {reason}{context}")


def _look_inside(client: docker.DockerClient, platform: PlatformImage, base: Base, made: str) -> _Answer:
    """Start the image's Python; raises `ImageBuildError` when that is not as it should be."""
    container = None
    settings = Confinement.of(Limits()).host_settings(client)
    del settings["user"]  # who the image's own is, is asked
    try:
        with answering():
            container = client.containers.create(
                made,
                [base.interpreter, "-I", "-c", _ASK],
                labels=labels.of_container("images build"),
                **settings,
            )
            container.start()
            status = container.wait()["StatusCode"]
            output = container.logs(stdout=True, stderr=True).decode(errors="replace").strip()
    finally:
        if container is not None:
            with contextlib.suppress(docker.errors.DockerException, requests.RequestException):
                container.remove(force=True)
    last = output.splitlines()[-1] if output else "no output"
    try:
        answer = msgspec.json.decode(last, type=_Answer)
    except ValueError:
        raise ImageBuildError(
            f"its Python {base.interpreter} does not work (status {status}): {last}"
        ) from None
    if answer.python.split(".")[:2] != platform.python.split("."):
        raise ImageBuildError(f"its Python is {answer.python} and not {platform.python}")
    if answer.user == 0:
        raise ImageBuildError("its user is root")
    return answer


def _name(
    client: docker.DockerClient, platform: PlatformImage, base: Base, made: str, answer: _Answer
) -> str:
    """Give the image its labels and its name, the last thing that is done."""
    facts = {
        labels.PLATFORM: platform.id,
        labels.INTERPRETER: base.interpreter,
        labels.PYTHON: answer.python,
        labels.ORIGIN: base.origin,
        labels.BASE: base.name,
        labels.RECIPE: recipe(platform, base.origin),
    }
    if platform.stand_ins:
        facts[labels.STAND_INS] = str(platform.stand_ins)
    marks = " ".join(f"{name}={json.dumps(value)}" for name, value in facts.items())
    dockerfile = BytesIO(f"FROM {made}\nLABEL {marks}\n".encode())
    events = client.api.build(fileobj=dockerfile, rm=True, forcerm=True, decode=True)
    reference = _stream(events, [], SilentProgress())
    with answering():
        image = client.images.get(reference)
        image.tag(REPOSITORY, platform.id)
        return str(image.id)
