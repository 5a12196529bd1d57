"""NVIDIA devices in containers: how an engine may give them, and whether it does, found by trying."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import docker
import docker.errors
import requests
from docker.types import DeviceRequest

from plugin_matrix.errors import ContainerEngineError, NoDeviceError
from plugin_matrix.sandbox.container import labels
from plugin_matrix.sandbox.container.client import answering, is_podman, told
from plugin_matrix.sandbox.container.images import BuiltImage
from plugin_matrix.sandbox.container.limits import Confinement
from plugin_matrix.sandbox.devices import machine_has_nvidia
from plugin_matrix.sandbox.protocol import Limits

CDI_KIND = "nvidia.com/gpu"
"""What the Container Device Interface calls them."""
RUNTIME = "nvidia"
_CDI_PLACES = ("/etc/cdi", "/var/run/cdi")
"""Where the interface's descriptions lie, unless the engine says that they lie elsewhere."""
_MOST_SPEC_BYTES = 1 << 20
_TOOLKIT = (
    "Install the NVIDIA driver and the NVIDIA Container Toolkit, then"
    " `sudo nvidia-ctk runtime configure --runtime=docker` and restart the engine; for podman"
    " `sudo nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml`."
)
TRIAL_SECONDS = 60
# Run in the image: only the driver itself knows whether it can be used from there.
_ASK = """
import ctypes
try:
    driver = ctypes.CDLL("libcuda.so.1")
except OSError as error:
    raise SystemExit(f"the driver's library is not in the container ({error})")
count = ctypes.c_int()
status = driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count))
if status:
    raise SystemExit(f"the driver refuses with error {status}")
print(count.value)
"""
_LIMITS = Limits(processes=64)


def requests_for(information: Mapping[str, Any], *, podman: bool = False) -> tuple[DeviceRequest, ...]:
    """Return the ways in which an engine that tells `information` may give its NVIDIA devices, best first."""
    found = []
    if _has_cdi(information, podman=podman):
        found.append(DeviceRequest(driver="cdi", device_ids=[f"{CDI_KIND}=all"]))
    if RUNTIME in (information.get("Runtimes") or {}):
        found.append(any_gpu())
    return tuple(found)


def any_gpu() -> DeviceRequest:
    """Return the request that `docker run --gpus all` makes."""
    return DeviceRequest(count=-1, capabilities=[["gpu"]])


def possible_requests(client: docker.DockerClient) -> tuple[DeviceRequest, ...]:
    """Return what is worth trying on this engine; raises `NoDeviceError` where nothing is."""
    with answering():
        information = client.info()
    found = requests_for(information, podman=is_podman(client))
    if found:
        return found
    if _is_here(client) and not machine_has_nvidia():
        raise NoDeviceError("There is no NVIDIA device on this machine.")
    # Engines before CDI give devices by a hook that they do not tell of.
    return (any_gpu(),)


def usable_request(
    client: docker.DockerClient, image: BuiltImage, possible: Sequence[DeviceRequest]
) -> DeviceRequest:
    """Return the first of the requests with which a container of `image` can use a device.

    Raises `NoDeviceError` with what is wrong with each.
    """
    problems: list[str] = []
    for request in possible:
        problem = _trial(client, image, request)
        if not problem:
            return request
        problems.append(problem)
    raise NoDeviceError(f"Containers get no NVIDIA device: {'; '.join(problems)}.", next_step=_TOOLKIT)


def _trial(client: docker.DockerClient, image: BuiltImage, request: DeviceRequest) -> str:
    """Ask the driver in a container as confined as a cell's; return what is wrong, or nothing."""
    settings = Confinement.of(_LIMITS).host_settings(client)
    with _started(client, image, request, settings) as container:
        if isinstance(container, str):
            return container
        with answering():
            status = container.wait(timeout=TRIAL_SECONDS)["StatusCode"]
            said = container.logs(tail=3).decode(errors="replace").strip()
    last = said.splitlines()[-1] if said else "nothing was said"
    if status:
        return last
    return "" if last.isdecimal() and int(last) > 0 else "the driver counts no device"


@contextlib.contextmanager
def _started(
    client: docker.DockerClient,
    image: BuiltImage,
    request: DeviceRequest,
    settings: dict[str, Any],
) -> Iterator[Any]:
    """Start a trial; yields the container, or what the engine says against starting one."""
    container = None
    try:
        with answering():
            container = client.containers.create(
                image.reference,
                [str(image.interpreter), "-I", "-S", "-c", _ASK],
                entrypoint=[],
                labels=labels.of_container("looking for devices"),
                device_requests=[request],
                **settings,
            )
            container.start()
    except ContainerEngineError as error:
        refused = error.__cause__
        if not isinstance(refused, docker.errors.APIError):
            raise
        yield told(refused)
    else:
        yield container
    finally:
        if container is not None:
            with contextlib.suppress(docker.errors.DockerException, requests.RequestException):
                container.remove(force=True)


def _has_cdi(information: Mapping[str, Any], *, podman: bool) -> bool:
    discovered = information.get("DiscoveredDevices") or ()
    if any(str(one.get("ID", "")).startswith(f"{CDI_KIND}=") for one in discovered):
        return True
    # Docker names its directories where it uses the interface; podman always does, and names none.
    places = information.get("CDISpecDirs") or (_CDI_PLACES if podman else ())
    return any(_describes_gpus(file) for place in places for file in _files(Path(place)))


def _files(place: Path) -> Iterator[Path]:
    with contextlib.suppress(OSError):
        yield from (file for file in sorted(place.iterdir()) if file.suffix in {".yaml", ".json"})


def _describes_gpus(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            return CDI_KIND.encode() in opened.read(_MOST_SPEC_BYTES)
    except OSError:
        return False


def _is_here(client: docker.DockerClient) -> bool:
    return str(client.api.base_url).startswith(("http+docker://", "http://localhost"))
