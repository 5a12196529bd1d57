"""Which sandbox a platform gets, and that it is said loudly when it is not a container."""

import socket
from pathlib import Path

import pytest

from plugin_matrix.errors import (
    ContainerEngineError,
    DiskFullError,
    ImageMissingError,
    NoDeviceError,
    PluginMatrixError,
    SandboxError,
)
from plugin_matrix.model import Accelerator, Platform
from plugin_matrix.run import contained
from plugin_matrix.run import sandboxes as module
from plugin_matrix.run.sandboxes import Choice, NoDevice, NoSandbox, sandboxes, without_device
from plugin_matrix.sandbox import Command
from plugin_matrix.sandbox.container.gpus import any_gpu
from plugin_matrix.sandbox.process import ProcessSandbox

PLATFORMS = (Platform(Accelerator.CPU, "3.11"), Platform(Accelerator.CPU, "3.13"))


class Contained:
    closed = False

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")


@pytest.mark.usefixtures("no_engine")
def test_without_an_engine_all_platforms_share_the_process_sandbox_and_it_is_told(tmp_path: Path) -> None:
    told: list[str] = []
    with sandboxes(Choice.AUTO, PLATFORMS, tmp_path / "store", told.append) as chosen:
        assert {type(one) for one in chosen.values()} == {ProcessSandbox}
        assert len({id(one) for one in chosen.values()}) == 1
    assert len(told) == 1
    assert told[0].startswith("NO CONTAINERS")
    assert "docker.sock" in told[0]


@pytest.mark.usefixtures("no_engine")
def test_containers_that_were_asked_for_and_cannot_be_had_are_an_error(tmp_path: Path) -> None:
    with (
        pytest.raises(ContainerEngineError) as raised,
        sandboxes(Choice.CONTAINER, PLATFORMS, tmp_path, pytest.fail),
    ):
        pytest.fail("not reached")
    assert raised.value.next_step


def test_a_socket_where_nobody_answers_is_told_apart_from_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    place = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(place))
        monkeypatch.setenv("DOCKER_HOST", f"unix://{place}")
        told: list[str] = []
        with sandboxes(Choice.AUTO, PLATFORMS, tmp_path / "store", told.append):
            pass
    assert "does not answer" in told[0]


def test_who_asks_for_processes_gets_them_without_looking_for_an_engine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(contained, "Containers", lambda: pytest.fail("looked"))
    with sandboxes(Choice.PROCESS, PLATFORMS, tmp_path, pytest.fail) as chosen:
        assert {type(one) for one in chosen.values()} == {ProcessSandbox}


def test_a_platform_whose_image_is_missing_has_processes_and_the_others_containers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    box = Contained()

    class Engine(Contained):
        def sandbox(self, platform: Platform, _: Path) -> Contained:
            if platform.python == "3.13":
                raise ImageMissingError("The image is not built.", next_step="Build it.")
            return box

    engine = Engine()
    monkeypatch.setattr(contained, "Containers", lambda: engine)
    told: list[str] = []
    with sandboxes(Choice.AUTO, PLATFORMS, tmp_path, told.append) as chosen:
        assert chosen[PLATFORMS[0]] is box  # type: ignore[comparison-overlap]
        assert isinstance(chosen[PLATFORMS[1]], ProcessSandbox)
    assert len(told) == 1
    assert "cpu-py313" in told[0]
    assert engine.closed
    assert box.closed
    with (
        pytest.raises(ImageMissingError),
        sandboxes(Choice.CONTAINER, PLATFORMS, tmp_path, pytest.fail),
    ):
        pytest.fail("not reached")


@pytest.mark.parametrize("error", [ContainerEngineError, DiskFullError, SandboxError])
def test_an_engine_that_fails_meanwhile_is_told_and_what_needs_none_goes_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: type[PluginMatrixError]
) -> None:
    class Failing(Contained):
        def sandbox(self, _: Platform, __: Path) -> Contained:
            raise error("It failed.", next_step="See its log.")

    monkeypatch.setattr(contained, "Containers", Failing)
    simulated = Platform(Accelerator.NPU_SIM, "3.11")
    told: list[str] = []
    with sandboxes(Choice.AUTO, (PLATFORMS[0], simulated), tmp_path, told.append) as chosen:
        assert isinstance(chosen[PLATFORMS[0]], ProcessSandbox)
        with pytest.raises(DiskFullError if error is DiskFullError else SandboxError, match="It failed"):
            chosen[simulated].run(Command(argv=("true",), environment={}))
    assert told == [
        "NO CONTAINERS for cpu-py311: It failed. See its log.",
        "NO CONTAINERS for npu-sim-py311: It failed. See its log.",
    ]
    with pytest.raises(error), sandboxes(Choice.CONTAINER, PLATFORMS, tmp_path, pytest.fail):
        pytest.fail("not reached")


@pytest.mark.usefixtures("no_engine")
def test_a_platform_that_only_images_have_is_not_replaced_by_this_machine(tmp_path: Path) -> None:
    simulated = Platform(Accelerator.NPU_SIM, "3.11")
    with sandboxes(Choice.AUTO, (PLATFORMS[0], simulated), tmp_path / "store", lambda _: None) as chosen:
        assert isinstance(chosen[PLATFORMS[0]], ProcessSandbox)
        with pytest.raises(SandboxError, match="Only containers have this platform"):
            chosen[simulated].run(Command(argv=("true",), environment={}))


CUDA, ROCM = Platform(Accelerator.CUDA, "3.12"), Platform(Accelerator.ROCM, "3.12")


class EngineWithoutDevice(Contained):
    def sandbox(self, _: Platform, __: Path) -> Contained:
        raise NoDeviceError("Containers get no device.", next_step="Install it.")


def chosen_for(platform: Platform, choice: Choice, store: Path) -> tuple[object, list[str]]:
    told: list[str] = []
    with sandboxes(choice, (platform,), store, told.append) as chosen:
        stands_in = chosen[platform]
        absent = without_device(chosen)
    assert absent == ({platform: str(stands_in.why)} if isinstance(stands_in, NoDevice) else {})
    return stands_in, told


@pytest.mark.usefixtures("no_engine")
@pytest.mark.parametrize(
    ("platform", "choice", "why"),
    [
        (CUDA, Choice.PROCESS, "The process sandbox gives NVIDIA's devices to no cell"),
        (CUDA, Choice.AUTO, "There is no NVIDIA device on this machine."),
        (ROCM, Choice.AUTO, "gives AMD's devices to no cell"),
    ],
)
def test_a_platform_whose_device_cannot_be_had_has_cells_that_do_not_apply(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, platform: Platform, choice: Choice, why: str
) -> None:
    monkeypatch.setattr(module, "machine_has_nvidia", lambda: False)
    stands_in, told = chosen_for(platform, choice, tmp_path / "store")
    assert isinstance(stands_in, NoDevice)
    assert why in str(stands_in.why)
    assert told[-1].startswith(f"NO DEVICE for {platform.id}: ")


@pytest.mark.parametrize("choice", [Choice.AUTO, Choice.CONTAINER])
def test_an_engine_that_gives_no_device_says_why_and_is_no_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, choice: Choice
) -> None:
    monkeypatch.setattr(contained, "Containers", EngineWithoutDevice)
    stands_in, told = chosen_for(CUDA, choice, tmp_path)
    assert isinstance(stands_in, NoDevice)
    assert told == ["NO DEVICE for cuda-py312: Containers get no device. Install it."]


@pytest.mark.usefixtures("no_engine")
def test_a_device_without_an_engine_that_could_give_it_is_the_machines_trouble(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "machine_has_nvidia", lambda: True)
    stands_in, _ = chosen_for(CUDA, Choice.AUTO, tmp_path / "store")
    assert isinstance(stands_in, NoSandbox)


def test_a_device_is_tried_in_the_platforms_image_and_given_to_its_containers_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given: dict[str, object] = {}

    def make(_: object, image: str, *__: object, gpus: object, **___: object) -> Contained:
        given[image] = gpus
        return Contained()

    monkeypatch.setattr(contained, "connect", Contained)
    monkeypatch.setattr(contained, "possible_requests", lambda _: (any_gpu(),))
    monkeypatch.setattr(contained, "find_image", lambda _, name: name)
    monkeypatch.setattr(contained, "usable_request", lambda _, __, possible: possible[0])
    monkeypatch.setattr(contained, "ContainerSandbox", make)
    with sandboxes(Choice.AUTO, (CUDA, *PLATFORMS), tmp_path, pytest.fail) as chosen:
        assert without_device(chosen) == {}
    assert given == {"cuda-py312": any_gpu(), "cpu-py311": None, "cpu-py313": None}
