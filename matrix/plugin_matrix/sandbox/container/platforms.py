"""The platforms that have an image, read from `dockerfiles/platforms.toml`."""

import difflib
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

import msgspec

from plugin_matrix.errors import ImageBuildError, UnknownPlatformError
from plugin_matrix.model import Accelerator, Platform

PLATFORMS = "platforms.toml"
DIGESTS = "digests.toml"
_WRITTEN_BY = """\
# What each base image is pinned to. Written by `plugin-matrix images pin`, which asks the images' registries;
# a base whose registry did not answer keeps what it had.
# An empty digest: not pinned yet. A build then takes whatever the tag names that day, and says so.
"""


class DebianBase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The release of Debian whose packages a base can be made from."""

    suite: str
    package: str
    """The package of this CPython with its whole standard library."""
    interpreter: PurePosixPath


class PlatformImage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the image of a platform is made and what its containers need."""

    id: str
    accelerator: Accelerator
    python: str
    """CPython minor version, for example `3.11`."""
    image: str
    """Registry, name and tag of the base."""
    digest: str
    """What the base is pinned to; empty when it is not pinned yet."""
    interpreter: PurePosixPath
    """In the image made from the registry's base."""
    debian: DebianBase | None = None
    stand_ins: PurePosixPath | None = None
    """Directory of the image with stand-ins for vendor modules, for the end of `sys.path`."""
    devices: Mapping[str, str] = {}
    """Device nodes its containers get: path in the container to device of the machine."""

    @property
    def platform(self) -> Platform:
        """The platform it is for."""
        return Platform(self.accelerator, self.python)

    @property
    def base(self) -> str:
        """The reference of its base: by digest when it is pinned, else by tag."""
        return f"{self.image.rpartition(':')[0]}@{self.digest}" if self.digest else self.image

    @property
    def dockerfile(self) -> str:
        """Its Dockerfile, relative to `dockerfiles/`."""
        return f"{self.id}/Dockerfile"


@cache
def platform_images() -> Mapping[str, PlatformImage]:
    """Return the platforms that have an image, by id.

    Raises `ImageBuildError` when the files that came with the package are damaged.
    """
    return read_platforms(dockerfiles_directory())


def platform_image(platform_id: str) -> PlatformImage:
    """Return one platform; raises `UnknownPlatformError` naming what comes near."""
    known = platform_images()
    if platform_id in known:
        return known[platform_id]
    near = difflib.get_close_matches(platform_id, known, n=3, cutoff=0.5)
    raise UnknownPlatformError(
        f"There is no image for a platform {platform_id!r}."
        + (f" Did you mean {' or '.join(near)}?" if near else ""),
        next_step=f"Platforms with an image: {', '.join(known)}.",
    )


def read_platforms(directory: Path) -> Mapping[str, PlatformImage]:
    """Read the platforms of a `dockerfiles/` directory."""
    try:
        tables = msgspec.convert(_toml(directory / PLATFORMS), dict[str, dict[str, Any]])
        digests = msgspec.convert(_toml(directory / DIGESTS), dict[str, str])
        images = [
            msgspec.convert(
                {"id": name, "digest": digests.get(table.get("image", ""), ""), **table},
                PlatformImage,
                dec_hook=_path,
            )
            for name, table in tables.items()
        ]
    except (OSError, ValueError) as error:
        raise ImageBuildError(
            f"The descriptions of the platforms' images cannot be read: {error}",
            next_step="Correct them, or install plugin-matrix again.",
        ) from error
    return MappingProxyType({image.id: image for image in images})


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text())
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{file.name}: {error}") from error


def _path(wanted: type, value: Any) -> Any:
    if wanted is PurePosixPath:
        return PurePosixPath(value)
    raise NotImplementedError(wanted)


def write_digests(directory: Path, digests: Mapping[str, str]) -> Path:
    """Write what the bases are pinned to; raises `ImageBuildError` where it cannot be written."""
    lines = [f'"{image}" = "{digest}"' for image, digest in sorted(digests.items())]
    file = directory / DIGESTS
    try:
        file.write_text(_WRITTEN_BY + "\n".join(lines) + "\n")
    except OSError as error:
        raise ImageBuildError(
            f"{DIGESTS} cannot be written: {error.strerror}.",
            next_step="Run this in a checkout of vllm-plugin-matrix that you may write.",
        ) from error
    platform_images.cache_clear()
    return file


@cache
def dockerfiles_directory() -> Path:
    """Return where the Dockerfiles lie: in the package, or in its checkout.

    Raises `ImageBuildError` when they are in neither place.
    """
    package = Path(str(resources.files("plugin_matrix")))
    for directory in (package / "data" / "dockerfiles", package.parent.parent / "dockerfiles"):
        if (directory / PLATFORMS).is_file():
            return directory
    raise ImageBuildError("The Dockerfiles are missing.", next_step="Install plugin-matrix again.")
