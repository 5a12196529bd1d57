"""Finding the container engine: Docker, rootless Docker or podman, whichever answers first."""

import contextlib
import errno
import os
import re
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from weakref import WeakKeyDictionary

import docker
import docker.errors
import msgspec
import requests

from plugin_matrix.errors import ContainerEngineError, DiskFullError

ANSWER_SECONDS = 10.0
"""How long an engine may take to say that it is there."""
REQUEST_SECONDS = 120
_UNIX = "unix://"
_PODMAN: WeakKeyDictionary[docker.DockerClient, bool] = WeakKeyDictionary()
_DISK_FULL = re.compile("no space left|disk quota exceeded", re.IGNORECASE)


class Problem(msgspec.Struct, frozen=True):
    """Why an engine cannot be used."""

    what: str
    next_step: str


_NO_ENGINE = Problem(
    "No container engine is running: there is none at {places}.",
    "Install and start Docker or podman (`sudo apt-get install docker.io`, or `sudo apt-get install podman`"
    " and `systemctl --user start podman.socket`), or name its address in DOCKER_HOST.",
)
_REFUSED_SOCKET = Problem(
    "This user may not use the container engine at {place}.",
    "Add the user to the group that owns the socket (`sudo usermod -aG docker $USER`, then log in again;"
    " whoever is in it can do all that root can), or use rootless Docker or podman.",
)
_NO_ANSWER = Problem(
    "The container engine at {place} does not answer ({reason}).",
    "Start it (`systemctl start docker`, `systemctl --user start podman.socket`), or correct DOCKER_HOST.",
)


def connect(environment: Mapping[str, str] = os.environ) -> docker.DockerClient:
    """Return a client of the engine that `DOCKER_HOST` names, else of the first usual socket that answers.

    Raises `ContainerEngineError` that says whether there is none, it may not be used, or it does not answer.
    """
    named = environment.get("DOCKER_HOST")
    places = [named] if named else list(usual_places(environment))
    problems: list[Problem] = []
    for place in places:
        problem = socket_problem(place)
        if problem is None:
            try:
                return _client(place, environment)
            except (docker.errors.DockerException, OSError, ValueError) as error:
                problem = _filled(_NO_ANSWER, place=place, reason=_reason(error))
        problems.append(problem)
    # What is there and refuses says more than what is not there.
    telling = [one for one in problems if not one.what.startswith("No container engine")]
    looked = ", ".join(place.removeprefix(_UNIX) for place in places)
    chosen = telling[0] if telling else _filled(_NO_ENGINE, places=looked)
    raise ContainerEngineError(chosen.what, next_step=chosen.next_step)


@contextlib.contextmanager
def answering() -> Iterator[None]:
    """Turn what the SDK raises when the engine fails or goes away into one sentence.

    Raises `ContainerEngineError`, or `DiskFullError` when the engine says so.
    """
    try:
        yield
    except (docker.errors.DockerException, requests.RequestException) as error:
        raise_if_disk_full(told(error), error)
        raise ContainerEngineError(
            f"The container engine failed: {told(error)}.", next_step="See its log, and try again."
        ) from error


def raise_if_disk_full(said: str, cause: BaseException | None = None) -> None:
    """Raise `DiskFullError` when that is what an engine says."""
    if _DISK_FULL.search(said):
        raise DiskFullError(
            "The container engine's disk is full.",
            next_step="Free some space there (`plugin-matrix images prune`, `docker system prune`).",
        ) from cause


def told(error: BaseException) -> str:
    """Return what the engine itself said, in one line, or that it said nothing."""
    if isinstance(error, requests.Timeout):
        return "it does not answer any more"
    if isinstance(error, requests.ConnectionError):
        return f"it cannot be reached any more ({_reason(error)})"
    said = getattr(error, "explanation", None) or str(error)
    return " ".join(str(said).split()).rstrip(".")


def is_podman(client: docker.DockerClient) -> bool:
    """Say whether an engine is podman: it understands less than Docker of what Docker is told."""
    if client not in _PODMAN:
        with answering():
            parts = client.version().get("Components") or ()
        _PODMAN[client] = any("podman" in str(part.get("Name", "")).lower() for part in parts)
    return _PODMAN[client]


def usual_places(environment: Mapping[str, str]) -> Iterator[str]:
    """Yield where engines listen that nobody named: the system's, then the user's own."""
    yield f"{_UNIX}/var/run/docker.sock"
    runtime = environment.get("XDG_RUNTIME_DIR")
    if runtime:
        yield f"{_UNIX}{runtime}/docker.sock"
        yield f"{_UNIX}{runtime}/podman/podman.sock"
    yield f"{_UNIX}/run/podman/podman.sock"


def socket_problem(place: str) -> Problem | None:
    """Say why nothing can be reached at `place`; None when it can, or is no socket of this machine.

    The SDK wraps the operating system's refusals until they cannot be told apart, so they are asked for here.
    """
    if not place.startswith(_UNIX):
        return None
    path = Path(place.removeprefix(_UNIX))
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(ANSWER_SECONDS)
        try:
            connection.connect(str(path))
        except OSError as error:
            if error.errno in {errno.ENOENT, errno.ENOTDIR}:
                return _filled(_NO_ENGINE, places=str(path))
            if error.errno in {errno.EACCES, errno.EPERM}:
                return _filled(_REFUSED_SOCKET, place=str(path))
            return _filled(_NO_ANSWER, place=str(path), reason=error.strerror or str(error))
    return None


def _client(place: str, environment: Mapping[str, str]) -> docker.DockerClient:
    """Return a client that was answered; the SDK reads DOCKER_TLS_VERIFY and DOCKER_CERT_PATH itself."""
    client = docker.from_env(
        version="auto",
        timeout=int(ANSWER_SECONDS),
        environment={**environment, "DOCKER_HOST": place},
        use_ssh_client=place.startswith("ssh://"),
    )
    try:
        client.ping()
    except BaseException:
        client.close()
        raise
    client.api.timeout = REQUEST_SECONDS
    return client


def _filled(problem: Problem, **values: str) -> Problem:
    return Problem(problem.what.format(**values), problem.next_step)


def _reason(error: BaseException) -> str:
    """Return the innermost reason: the outer ones repeat it with the SDK's class names around."""
    while error.__cause__ is not None or error.__context__ is not None:
        error = error.__cause__ or error.__context__ or error
    return str(getattr(error, "strerror", None) or error).strip() or type(error).__name__
