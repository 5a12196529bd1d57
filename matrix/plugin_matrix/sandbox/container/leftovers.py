"""Removing what nobody needs any more: containers of dead harnesses, images without a name."""

import contextlib
from collections.abc import Iterator

import docker
import docker.errors
import msgspec
import requests

from plugin_matrix.sandbox.container import labels
from plugin_matrix.sandbox.container.client import answering, told
from plugin_matrix.sandbox.container.images import our_images

REMOVAL_SECONDS = 20
"""How long a leftover may take to go: the engine itself gives a container ten seconds to die."""


class Removed(msgspec.Struct, frozen=True):
    """What was removed, and what could not be."""

    containers: int = 0
    volumes: int = 0
    images: int = 0
    troubles: tuple[str, ...] = ()


def remove_leftovers(client: docker.DockerClient) -> Removed:
    """Remove containers whose harness is gone, and volumes of ours that no container uses."""
    removed = remove_left_containers(client)
    with answering():
        volumes = client.volumes.prune(filters={"label": labels.OURS}).get("VolumesDeleted") or []
    return msgspec.structs.replace(removed, volumes=len(volumes))


def remove_left_containers(client: docker.DockerClient) -> Removed:
    """Remove containers whose harness is gone; one that will not go is trouble, and soon given up."""
    containers = 0
    troubles: list[str] = []
    for identifier, marks in our_containers(client).items():
        if labels.is_leftover(marks):
            try:
                with _patience(client, REMOVAL_SECONDS):
                    client.api.remove_container(identifier, force=True, v=True)
            except docker.errors.NotFound:
                continue  # somebody else removed it
            except (docker.errors.DockerException, requests.RequestException) as error:
                troubles.append(f"container {identifier[:12]}: {told(error)}")
            else:
                containers += 1
    return Removed(containers=containers, troubles=tuple(troubles))


def our_containers(client: docker.DockerClient) -> dict[str, dict[str, str]]:
    """Return the labels of all containers that bear ours, running or not, by id.

    They are listed and not looked into: an engine that cannot stop one does not answer for that one any more.
    """
    with answering():
        listed = client.api.containers(all=True, filters={"label": labels.OURS})
    return {str(one["Id"]): one.get("Labels") or {} for one in listed}


@contextlib.contextmanager
def _patience(client: docker.DockerClient, seconds: int) -> Iterator[None]:
    before = client.api.timeout
    client.api.timeout = seconds
    try:
        yield
    finally:
        client.api.timeout = before


def remove_steps(client: docker.DockerClient, steps: list[str]) -> None:
    """Remove the images of a build's steps that nothing is made from; what cannot go now goes by `prune`."""
    for step in reversed(steps):
        with contextlib.suppress(docker.errors.DockerException, requests.RequestException):
            image = client.images.get(step)
            if labels.OURS in image.labels and not image.tags:
                client.images.remove(step)


def remove_dangling(client: docker.DockerClient) -> int:
    """Remove images of ours that have no name: what builds left, and images that were built anew since."""
    with answering():
        gone = (
            client.images.prune(filters={"dangling": True, "label": labels.OURS}).get("ImagesDeleted") or []
        )
    return sum(1 for entry in gone if "Deleted" in entry)


def remove_images(client: docker.DockerClient) -> Removed:
    """Remove all images of ours, those that a container uses excepted."""
    images = 0
    troubles: list[str] = []
    for image in our_images(client):
        try:
            client.images.remove(str(image.id), force=True)
        except docker.errors.NotFound:
            continue
        except docker.errors.DockerException as error:
            name = image.tags[0] if image.tags else image.short_id
            troubles.append(f"image {name}: {told(error)}")
        else:
            images += 1
    with contextlib.suppress(docker.errors.DockerException):
        images += remove_dangling(client)
    return Removed(images=images, troubles=tuple(troubles))
