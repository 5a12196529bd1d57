"""Pinning bases: what their tags name now, asked of the registries by the container engine."""

from pathlib import Path

import docker
import docker.errors
import msgspec
import requests

from plugin_matrix.sandbox.container.client import told
from plugin_matrix.sandbox.container.platforms import dockerfiles_directory, platform_images, write_digests


class Pinned(msgspec.Struct, frozen=True):
    """What came of pinning."""

    file: Path
    digests: dict[str, str]
    """Those that were found."""
    problems: dict[str, str]
    """Why the others were not."""
    kept: dict[str, str]
    """What those others are pinned to as before; empty where they are not."""


def pin_bases(client: docker.DockerClient, directory: Path | None = None) -> Pinned:
    """Write the digest of each platform's base; what cannot be asked keeps the digest it has.

    Raises `ImageBuildError` when the file cannot be written.
    """
    before = {image.image: image.digest for image in platform_images().values()}
    found: dict[str, str] = {}
    problems: dict[str, str] = {}
    for image in before:
        try:
            found[image] = client.images.get_registry_data(image).id
        except (docker.errors.DockerException, requests.RequestException) as error:
            problems[image] = told(error)
    place = directory or dockerfiles_directory()
    file = write_digests(place, before | found) if found else place
    return Pinned(file, found, problems, {image: before[image] for image in problems})
