"""Removing what nobody needs any more: containers of dead harnesses, images without a name."""

import contextlib

import docker
import docker.errors
import msgspec
import requests
from docker.models.containers import Container

from plugin_matrix.sandbox.container import labels
from plugin_matrix.sandbox.container.client import answering, told
from plugin_matrix.sandbox.container.images import our_images


class Removed(msgspec.Struct, frozen=True):
    """What was removed, and what could not be."""

    containers: int = 0
    volumes: int = 0
    images: int = 0
    troubles: tuple[str, ...] = ()


def remove_leftovers(client: docker.DockerClient) -> Removed:
    """Remove containers whose harness is gone, and volumes of ours that no container uses."""
    containers = 0
    troubles: list[str] = []
    for container in our_containers(client):
        if labels.is_leftover(container.labels):
            try:
                container.remove(force=True, v=True)
            except docker.errors.NotFound:
                continue  # somebody else removed it
            except docker.errors.DockerException as error:
                troubles.append(f"container {container.short_id}: {told(error)}")
            else:
                containers += 1
    with answering():
        volumes = client.volumes.prune(filters={"label": labels.OURS}).get("VolumesDeleted") or []
    return Removed(containers=containers, volumes=len(volumes), troubles=tuple(troubles))


def our_containers(client: docker.DockerClient) -> list[Container]:
    """Return all containers that bear our label, running or not."""
    with answering():
        return client.containers.list(all=True, filters={"label": labels.OURS}, ignore_removed=True)


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
