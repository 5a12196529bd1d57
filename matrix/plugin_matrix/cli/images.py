"""`plugin-matrix images`: build, list, pin and prune the platforms' images."""

from collections.abc import Mapping
from typing import ClassVar

import click

from plugin_matrix.cli.lazily import LazyGroup


class _Images(LazyGroup):
    commands_at: ClassVar[Mapping[str, str]] = {
        "build": "plugin_matrix.cli.image_commands:build",
        "list": "plugin_matrix.cli.image_commands:list_images",
        "pin": "plugin_matrix.cli.image_commands:pin",
        "prune": "plugin_matrix.cli.image_commands:prune",
    }


@click.group(cls=_Images)
def images() -> None:
    """Build, list, pin and prune the images that cells run in."""
