"""Where the base of an image comes from: its registry, or Debian packages where that cannot be reached."""

import re

import docker
import docker.errors
import msgspec
import requests

from plugin_matrix.errors import DiskFullError, ImageBuildError
from plugin_matrix.sandbox.container.client import answering, raise_if_disk_full, told
from plugin_matrix.sandbox.container.debian import base_name, make_base
from plugin_matrix.sandbox.container.platforms import DebianBase, PlatformImage
from plugin_matrix.sandbox.container.progress import BuildProgress

_NOT_THERE = re.compile(
    r"manifest unknown|not found|does not exist|no such (?:image|manifest)", re.IGNORECASE
)
_NOT_REACHED = re.compile(
    r"dial tcp|no such host|connection refused|timeout|deadline exceeded", re.IGNORECASE
)


class Base(msgspec.Struct, frozen=True):
    """A base that is there."""

    reference: str
    """`sha256:...`."""
    interpreter: str
    origin: str
    """`registry` or `debian`."""
    name: str
    """For people."""


class Bases:
    """Provides bases; what failed once is not tried again by the same command."""

    def __init__(self, client: docker.DockerClient, *, from_debian: bool, mirror: str, renew: bool) -> None:
        self._client = client
        self._from_debian = from_debian
        self._mirror = mirror
        self._renew = renew
        self._silent_registries: dict[str, str] = {}
        self._made: dict[DebianBase, str] = {}
        self._not_made: dict[DebianBase, ImageBuildError | DiskFullError] = {}

    def provide(self, platform: PlatformImage, progress: BuildProgress) -> Base:
        """Return a base for `platform`.

        Raises `ImageBuildError` with why there is none from either side, or `DiskFullError`.
        """
        refused = ""
        if not self._from_debian:
            refused = self._pull(platform, progress)
            if not refused:
                with answering():
                    image = self._client.images.get(platform.base)
                return Base(str(image.id), str(platform.interpreter), "registry", platform.base)
        if platform.debian is None:
            nothing = f"no release of Debian has what {platform.id} needs"
            raise ImageBuildError(
                f"{refused}, and {nothing}" if refused else nothing,
                next_step="Build it where the registry can be reached.",
            )
        if refused:
            progress.warn(f"{refused}; making the base from Debian packages")
        try:
            reference = self._provide_debian(platform.debian, progress)
        except ImageBuildError as error:
            message = f"{refused}, and {error.message}" if refused else error.message
            raise ImageBuildError(message, next_step=error.next_step) from error
        interpreter = str(platform.debian.interpreter)
        return Base(reference, interpreter, "debian", f"debian {platform.debian.suite}")

    def _pull(self, platform: PlatformImage, progress: BuildProgress) -> str:
        """Pull the base unless it is here; returns why that cannot be done, or nothing."""
        registry = platform.image.partition("/")[0]
        if platform.digest and self._present(platform.base):
            return ""
        problem = self._silent_registries.get(registry)
        if problem is None:
            progress.stage(f"pulling {platform.base}")
            refused = self._refused(platform.base, progress)
            if not refused:
                return ""
            if not _NOT_REACHED.search(refused) and _NOT_THERE.search(refused):
                pinned = f" of digest {platform.digest}" if platform.digest else ""
                return f"{registry} has no {platform.image}{pinned}"
            problem = f"{registry} cannot be reached ({_short(refused)})"
            self._silent_registries[registry] = problem
        # Without its registry, a base that is here still serves.
        return "" if self._present(platform.base) else problem

    def _refused(self, reference: str, progress: BuildProgress) -> str:
        """Pull; return what the engine says against it, or nothing. Raises `DiskFullError`."""
        try:
            for event in self._client.api.pull(reference, stream=True, decode=True):
                # Once it has begun, and podman always, an engine tells its trouble in what it streams.
                if "error" in event:
                    raise_if_disk_full(str(event["error"]))
                    return str(event["error"])
                progress.detail(" ".join(str(event.get(key, "")) for key in ("status", "progress")))
        except (docker.errors.DockerException, requests.RequestException) as error:
            raise_if_disk_full(told(error), error)
            return told(error)
        return ""

    def _present(self, reference: str) -> bool:
        with answering():
            try:
                self._client.images.get(reference)
            except docker.errors.NotFound:
                return False
        return True

    def _provide_debian(self, debian: DebianBase, progress: BuildProgress) -> str:
        if debian in self._not_made:
            raise self._not_made[debian]
        if debian not in self._made:
            try:
                self._made[debian] = self._debian(debian, progress)
            except (ImageBuildError, DiskFullError) as error:
                self._not_made[debian] = error
                raise
        return self._made[debian]

    def _debian(self, debian: DebianBase, progress: BuildProgress) -> str:
        if not self._renew and self._present(base_name(debian)):
            with answering():
                return str(self._client.images.get(base_name(debian)).id)
        progress.stage(f"making the base from packages of Debian {debian.suite}")
        return make_base(self._client, debian, mirror=self._mirror, progress=progress)


def _short(text: str) -> str:
    """Return the innermost reason of what Go programs say: `a: b: reason`."""
    return text.rpartition(": ")[2].strip('"() ')
