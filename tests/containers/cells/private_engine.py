"""A Docker daemon of a test's own, to be killed or to have its disk filled."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import docker
import pytest

from plugin_matrix.sandbox.container.client import connect, socket_problem
from plugin_matrix.sandbox.container.images import BuiltImage


class PrivateEngine(NamedTuple):
    """A daemon that runs."""

    process: int
    address: str
    data: Path
    """Where it keeps all it has."""


@contextlib.contextmanager
def started_engine(
    engine: docker.DockerClient, image: BuiltImage, *, disk: str = ""
) -> Iterator[PrivateEngine]:
    """Start a daemon that has `image` of `engine`; `disk` is the size of a file system of its own."""
    if os.geteuid() != 0 or shutil.which("dockerd") is None:
        pytest.skip("a second Docker daemon needs root and dockerd")
    directory = Path("/tmp") / f"plugin-matrix-docker-{os.getpid()}"  # noqa: S108 - a socket's path has to be short
    data = directory / "data"
    data.mkdir(mode=0o755, parents=True)
    if disk:
        subprocess.run(["/bin/mount", "-t", "tmpfs", "-o", f"size={disk}", "tmpfs", data], check=True)
    address = f"unix://{directory}/docker.sock"
    daemon = subprocess.Popen(
        [
            *("dockerd", "--data-root", data, "--exec-root", directory / "exec", "-H", address),
            *("--pidfile", directory / "pid", "--bridge=none", "--iptables=false", "--ip6tables=false"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        client = _wait_for(address)
        known = engine.images.get(image.reference)
        client.images.load(b"".join(known.save(named=str(known.tags[0]))))
        client.close()
        yield PrivateEngine(daemon.pid, address, data)
    finally:
        if daemon.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(daemon.pid, signal.SIGTERM)
        try:
            daemon.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(daemon.pid, signal.SIGKILL)
            daemon.wait()
        _end_below(directory)
        shutil.rmtree(directory, ignore_errors=True)


def _wait_for(address: str) -> docker.DockerClient:
    deadline = time.monotonic() + 30
    while socket_problem(address) is not None:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return connect({"DOCKER_HOST": address})


def _end_below(directory: Path) -> None:
    """End what a killed daemon left running, and unmount what it left mounted."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if str(directory).encode() in (process / "cmdline").read_bytes() and process.name != str(
                os.getpid()
            ):
                os.kill(int(process.name), signal.SIGKILL)
    time.sleep(0.5)
    mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    for mount in reversed(mounts):
        if mount.startswith(str(directory)):
            subprocess.run(["/bin/umount", "-l", mount], check=False, capture_output=True)
