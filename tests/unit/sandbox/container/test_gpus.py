"""NVIDIA devices: what an engine's own words promise, and what a trial in a container finds."""

from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from plugin_matrix.errors import ContainerEngineError, NoDeviceError
from plugin_matrix.sandbox.container import gpus
from plugin_matrix.sandbox.container.client import connect
from plugin_matrix.sandbox.container.gpus import (
    any_gpu,
    possible_requests,
    requests_for,
    usable_request,
)
from plugin_matrix.sandbox.container.images import BuiltImage
from plugin_matrix.sandbox.devices import machine_has_nvidia

CDI = {"Driver": "cdi", "Count": 0, "DeviceIDs": ["nvidia.com/gpu=all"], "Capabilities": [], "Options": {}}
ALL = {"Driver": "", "Count": -1, "DeviceIDs": [], "Capabilities": [["gpu"]], "Options": {}}
NVIDIA = {"runc": {"path": "runc"}, "nvidia": {"path": "nvidia-container-runtime"}}
SPEC = 'cdiVersion: "0.6.0"\nkind: nvidia.com/gpu\ndevices: []\n'


@pytest.mark.parametrize(
    ("information", "expected"),
    [
        ({"Runtimes": {"runc": {"path": "runc"}}}, []),
        ({}, []),
        ({"Runtimes": None, "DiscoveredDevices": None, "CDISpecDirs": None}, []),
        ({"Runtimes": NVIDIA}, [ALL]),
        ({"DiscoveredDevices": [{"Source": "cdi", "ID": "nvidia.com/gpu=0"}]}, [CDI]),
        ({"DiscoveredDevices": [{"ID": "nvidia.com/gpu=all"}], "Runtimes": NVIDIA}, [CDI, ALL]),
        ({"DiscoveredDevices": [{"Source": "cdi", "ID": "intel.com/gpu=0"}]}, []),
        ({"CDISpecDirs": ["/nonexistent"], "Runtimes": NVIDIA}, [ALL]),
    ],
)  # fmt: skip
def test_an_engine_says_how_it_gives_devices(information: dict[str, Any], expected: list[Any]) -> None:
    assert list(requests_for(information)) == expected


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("nvidia.yaml", SPEC, True),
        ("nvidia.json", '{"kind": "nvidia.com/gpu"}', True),
        ("nvidia.yaml.bak", SPEC, False),
        ("other.yaml", "kind: vendor.com/net\n", False),
    ],
)
def test_descriptions_of_devices_count_where_the_engine_reads_them(
    tmp_path: Path,
    name: str,
    content: str,
    found: bool,  # noqa: FBT001 - a table's column
) -> None:
    (tmp_path / name).write_text(content)
    assert list(requests_for({"CDISpecDirs": [str(tmp_path)]})) == ([CDI] if found else [])


def test_podman_reads_descriptions_without_saying_so_and_docker_only_where_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nvidia.yaml").write_text(SPEC)
    monkeypatch.setattr(gpus, "_CDI_PLACES", (str(tmp_path),))
    assert list(requests_for({}, podman=True)) == [CDI]
    assert list(requests_for({}, podman=False)) == []


def test_traces_of_the_driver_are_found_links_that_lead_nowhere_too(tmp_path: Path) -> None:
    assert not machine_has_nvidia((str(tmp_path / "nvidiactl"),))
    (tmp_path / "nvidiactl").symlink_to("nowhere")
    assert machine_has_nvidia((str(tmp_path / "nvidiactl"),))


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make this machine one that has a device, or none."""
    return lambda *, gpu: monkeypatch.setattr(gpus, "machine_has_nvidia", lambda: gpu)


def possible() -> Any:
    client = connect()
    try:
        return possible_requests(client)
    finally:
        client.close()


def test_without_a_runtime_and_without_a_device_there_is_nothing_to_try(
    fake_engine: Any, machine: Any
) -> None:
    fake_engine.answer("GET /info", {"Runtimes": {"runc": {}}})
    machine(gpu=False)
    with pytest.raises(NoDeviceError, match="no NVIDIA device on this machine"):
        possible()


def test_a_device_without_a_runtime_is_tried_all_the_same(fake_engine: Any, machine: Any) -> None:
    fake_engine.answer("GET /info", {"Runtimes": {"runc": {}}})
    machine(gpu=True)
    assert possible() == (any_gpu(),)


def test_a_runtime_is_believed_without_looking_at_this_machine(fake_engine: Any, machine: Any) -> None:
    fake_engine.answer("GET /info", {"Runtimes": NVIDIA})
    machine(gpu=False)
    assert possible() == (any_gpu(),)


@pytest.fixture
def some_image() -> BuiltImage:
    return BuiltImage(
        reference="sha256:0",
        platform="cuda-py312",
        interpreter=PurePosixPath("/usr/bin/python3.12"),
        python="3.12.3",
        origin="registry",
        base="",
        recipe="",
        stand_ins=None,
        architecture="amd64",
        size=1,
        created=datetime.now(UTC),
    )


@pytest.fixture
def trial(fake_engine: Any, some_image: BuiltImage) -> Any:
    """Try requests on an engine whose container ends with a status and prints a text."""
    fake_engine.answer("GET /info", {"NCPU": 2})
    fake_engine.answer("POST /containers/create", {"Id": "c1"})
    fake_engine.answer("GET /containers/c1/json", {"Id": "c1", "Config": {"Tty": True}, "Image": "sha256:0"})
    fake_engine.answer("POST /containers/c1/start", "")
    fake_engine.answer("DELETE /containers/c1", "")

    def run(status: int = 0, said: str = "", *, requests: tuple[Any, ...] = (any_gpu(),)) -> Any:
        fake_engine.answer("POST /containers/c1/wait", {"StatusCode": status})
        fake_engine.answer("GET /containers/c1/logs", said)
        client = connect()
        try:
            return usable_request(client, some_image, requests)
        finally:
            client.close()

    return run


def test_a_container_in_which_the_driver_counts_devices_shows_that_they_can_be_had(
    trial: Any, fake_engine: Any
) -> None:
    assert trial(0, "1\n") == any_gpu()
    (created,) = fake_engine.asked("POST /containers/create")
    assert b'"DeviceRequests": [{"Driver": "", "Count": -1' in fake_engine.bodies[created]
    assert len(fake_engine.asked("DELETE /containers/c1")) == 1


@pytest.mark.parametrize(
    ("status", "said", "why"),
    [
        (1, "the driver's library is not in the container (no)\n", "library is not in the container"),
        (1, "the driver refuses with error 100\n", "refuses with error 100"),
        (0, "0\n", "counts no device"),
        (139, "", "nothing was said"),
    ],
)
def test_a_container_in_which_it_does_not_says_why(trial: Any, status: int, said: str, why: str) -> None:
    with pytest.raises(NoDeviceError) as raised:
        trial(status, said)
    assert why in raised.value.message
    assert "nvidia-ctk" in raised.value.next_step


def test_an_engine_that_cannot_give_devices_is_quoted_and_the_container_removed(
    trial: Any, fake_engine: Any
) -> None:
    said = 'could not select device driver "" with capabilities: [[gpu]]'
    fake_engine.fail("POST /containers/c1/start", said)
    with pytest.raises(NoDeviceError) as raised:
        trial()
    assert said in raised.value.message
    assert len(fake_engine.asked("DELETE /containers/c1")) == 1


def test_the_second_way_is_tried_when_the_first_does_not_work(trial: Any, fake_engine: Any) -> None:
    fake_engine.fail("POST /containers/c1/start", "unresolvable CDI devices nvidia.com/gpu=all")
    with pytest.raises(NoDeviceError) as raised:
        trial(requests=(any_gpu(), any_gpu()))
    assert raised.value.message.count("unresolvable") == 2


def test_an_engine_that_goes_away_is_no_missing_device(trial: Any, fake_engine: Any) -> None:
    fake_engine.fail("GET /info", "the daemon is shutting down", status=503)
    with pytest.raises(ContainerEngineError, match="shutting down"):
        trial()


class Driver:
    """The two functions of NVIDIA's driver that are called, as it answers them."""

    def __init__(self, status: int, devices: int) -> None:
        self.status = status
        self.devices = devices

    def cuInit(self, _: int) -> int:  # noqa: N802 - the driver's name
        return self.status

    def cuDeviceGetCount(self, count: Any) -> int:  # noqa: N802 - the driver's name
        count._obj.value = self.devices
        return 0


@pytest.mark.parametrize(
    ("driver", "said"),
    [
        (None, "the driver's library is not in the container (no file)"),
        (Driver(100, 0), "the driver refuses with error 100"),
        (Driver(0, 0), "0"),
        (Driver(0, 8), "8"),
    ],
)
def test_the_program_of_the_trial_tells_what_the_driver_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], driver: Driver | None, said: str
) -> None:
    def load(name: str) -> Driver:
        assert name == "libcuda.so.1"
        if driver is None:
            raise OSError("no file")
        return driver

    monkeypatch.setattr("ctypes.CDLL", load)
    heard = ""
    try:
        exec(gpus._ASK, {})  # noqa: S102 - it is the program that is under test
    except SystemExit as ended:
        heard = str(ended)
    assert (heard or capsys.readouterr().out.strip()) == said
