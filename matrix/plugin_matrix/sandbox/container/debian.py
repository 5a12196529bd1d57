"""A base image from Debian packages, for where no registry can be reached: debootstrap, then import.

Needs root and debootstrap. The tree is made in a mount namespace of its own, so that whatever is mounted in
it goes with its last process, however that ends.
"""

import contextlib
import json
import os
import platform
import shutil
import signal
import subprocess
import tempfile
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import docker

from plugin_matrix.errors import DiskFullError, ImageBuildError
from plugin_matrix.model.size import size_text
from plugin_matrix.sandbox.container import labels
from plugin_matrix.sandbox.container.client import answering, raise_if_disk_full
from plugin_matrix.sandbox.container.images import ARCHITECTURES, REPOSITORY, engine_architecture
from plugin_matrix.sandbox.container.platforms import DebianBase
from plugin_matrix.sandbox.container.progress import BuildProgress
from plugin_matrix.sandbox.owner import OwnedDirectory

OWN_MIRROR = ""
"""The one that debootstrap is configured with."""
NEEDED_BYTES = 600 * 1024**2
"""What a tree takes while it is made: 260 MiB measured, and its tar."""
SCRIPTS = Path("/usr/share/debootstrap/scripts")
WITH_PYTHON = ("libgomp1", "libstdc++6")
_LEFT_OUT = (
    "./dev/*",
    "./proc/*",
    "./sys/*",
    "./run/*",
    "./tmp/*",
    "./var/cache/apt/*",
    "./var/lib/apt/lists/*",
    "./var/log/*",
    "./usr/share/doc/*",
    "./usr/share/locale/*",
    "./usr/share/man/*",
    "./usr/share/info/*",
)
_LINES = 5
_PACKAGES = {"setpriv": "util-linux", "unshare": "util-linux"}


def base_name(debian: DebianBase) -> str:
    """Return the name of the base image."""
    return f"{REPOSITORY}:base-{debian.suite}-{debian.package}"


def obstacle(client: docker.DockerClient, place: Path) -> ImageBuildError | DiskFullError | None:
    """Say why no base can be made from Debian packages on this machine; None when it can."""
    if os.geteuid() != 0:
        return ImageBuildError(
            "making a base from Debian packages needs root", next_step="Run the command with sudo."
        )
    missing = [
        program for program in ("debootstrap", "setpriv", "unshare", "tar") if shutil.which(program) is None
    ]
    if missing:
        packages = dict.fromkeys(_PACKAGES.get(name, name) for name in missing)
        return ImageBuildError(
            f"making a base from Debian packages needs {' and '.join(missing)}",
            next_step=f"Install it: `apt-get install {' '.join(packages)}`.",
        )
    here = ARCHITECTURES.get(platform.machine(), platform.machine())
    wanted = engine_architecture(client)
    if here != wanted:
        return ImageBuildError(
            f"packages of this machine ({here}) make no base for a container engine of {wanted}",
            next_step="Build the images on the engine's own machine.",
        )
    free = shutil.disk_usage(place).free
    if free < NEEDED_BYTES:
        return DiskFullError(
            f"making a base takes {size_text(NEEDED_BYTES)} and {place} has {size_text(free)} left",
            next_step="Free some space, or name another directory in TMPDIR.",
        )
    return None


def make_base(
    client: docker.DockerClient, debian: DebianBase, *, mirror: str, progress: BuildProgress
) -> str:
    """Make the base image of a Debian release with its CPython and return its id.

    Raises `ImageBuildError` or `DiskFullError`; whatever happens, no tree and no half image stays.
    """
    problem = obstacle(client, Path(tempfile.gettempdir()))
    if problem is not None:
        raise problem
    # Owned, so that the next one removes what is left of one that was killed.
    directory = OwnedDirectory(Path(tempfile.gettempdir()))
    try:
        tree = directory.path / "root"
        _debootstrap(debian, tree, mirror, progress)
        progress.stage("importing")
        return _import(client, debian, tree)
    finally:
        directory.remove()


def _debootstrap(debian: DebianBase, tree: Path, mirror: str, progress: BuildProgress) -> None:
    packages = ",".join((debian.package, *WITH_PYTHON))
    arguments = ["debootstrap", "--variant=minbase", f"--include={packages}", debian.suite, str(tree), mirror]
    if not (SCRIPTS / debian.suite).exists():
        # A debootstrap older than the release; the scripts have been the same since 2017.
        arguments.append(str(SCRIPTS / "sid"))
    # With us it dies at once, and with it all in its namespace.
    namespace = [
        "setpriv",
        "--pdeathsig=KILL",
        "unshare",
        "--mount",
        "--pid",
        "--fork",
        "--kill-child=KILL",
        "--",
    ]
    said: deque[str] = deque(maxlen=_LINES)
    with _running([*namespace, *arguments]) as process:
        for line in process.stdout or ():
            said.append(line.rstrip())
            progress.detail(line.removeprefix("I: ").rstrip())
    if process.returncode:
        if "No space left on device" in "\n".join(said):
            raise DiskFullError(
                f"the disk of {tempfile.gettempdir()} is full",
                next_step="Free some space, or name another directory in TMPDIR.",
            )
        last = next((line for line in reversed(said) if line.startswith("E:")), said[-1] if said else "")
        reason = last.removeprefix("E: ") or "it said nothing"
        raise ImageBuildError(
            f"debootstrap of {debian.suite} from {mirror or 'its own mirror'} failed: {reason}",
            next_step="See that the mirror can be reached and has this release, or name another in --mirror.",
        )


@contextlib.contextmanager
def _running(arguments: list[str]) -> Iterator[subprocess.Popen[str]]:
    """Run a program in a process group of its own, which is ended whatever happens."""
    process = subprocess.Popen(
        arguments,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
        env={"PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin:/usr/bin:/bin", "LC_ALL": "C"}
        | {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")},
    )
    try:
        yield process
        process.wait()
    finally:
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout:
            process.stdout.close()


def _import(client: docker.DockerClient, debian: DebianBase, tree: Path) -> str:
    arguments = ["tar", "--directory", str(tree), "--numeric-owner", "--create"]
    arguments += [f"--exclude={pattern}" for pattern in _LEFT_OUT]
    marks = labels.of_image(
        **{labels.ORIGIN: "debian", labels.BASE: f"debian {debian.suite}", labels.RECIPE: base_name(debian)}
    )
    changes = [f"LABEL {name}={_quoted(value)}" for name, value in marks.items()]
    with answering(), subprocess.Popen([*arguments, "."], stdout=subprocess.PIPE) as tar:
        try:
            answer = client.api.import_image_from_stream(tar.stdout, changes=changes)
            tar.wait()
        finally:
            tar.kill()
        last = json.loads(answer.strip().splitlines()[-1])
        if "error" in last or tar.returncode:
            reason = last.get("error", "tar could not read the whole tree")
            raise_if_disk_full(reason)
            raise ImageBuildError(f"the container engine does not import the base: {reason}")
        # It gets its name when it is whole; without one it is a leftover that `images prune` removes.
        image = client.images.get(last["status"])
        image.tag(*base_name(debian).split(":"))
        return str(image.id)


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
