"""Which sandbox a platform gets, and that it is said loudly when it is not a container."""

import socket
from pathlib import Path

import pytest

from plugin_matrix.errors import ContainerEngineError, ImageMissingError, SandboxError
from plugin_matrix.model import Accelerator, Platform
from plugin_matrix.run import contained
from plugin_matrix.run.sandboxes import Choice, sandboxes
from plugin_matrix.sandbox import Command
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


@pytest.mark.usefixtures("no_engine")
def test_a_platform_that_only_images_have_is_not_replaced_by_this_machine(tmp_path: Path) -> None:
    simulated = Platform(Accelerator.NPU_SIM, "3.11")
    with sandboxes(Choice.AUTO, (PLATFORMS[0], simulated), tmp_path / "store", lambda _: None) as chosen:
        assert isinstance(chosen[PLATFORMS[0]], ProcessSandbox)
        with pytest.raises(SandboxError, match="Only containers have this platform"):
            chosen[simulated].run(Command(argv=("true",), environment={}))
