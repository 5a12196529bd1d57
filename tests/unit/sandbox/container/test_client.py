import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import docker
import pytest
import requests

from plugin_matrix.errors import ContainerEngineError
from plugin_matrix.sandbox.container import client as client_module
from plugin_matrix.sandbox.container.client import connect, is_podman, told, usual_places

UNPRIVILEGED = 65534


class Engine(Protocol):
    host: str


@pytest.fixture
def open_directory() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="engine-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


def test_the_engine_that_docker_host_names_is_used(fake_engine: Engine) -> None:
    client = connect({"DOCKER_HOST": fake_engine.host})
    assert client.version()["Version"] == "20.10.24"
    client.close()


def test_without_docker_host_the_usual_sockets_are_tried_in_order() -> None:
    assert list(usual_places({})) == ["unix:///var/run/docker.sock", "unix:///run/podman/podman.sock"]
    assert list(usual_places({"XDG_RUNTIME_DIR": "/run/user/7"})) == [
        "unix:///var/run/docker.sock",
        "unix:///run/user/7/docker.sock",
        "unix:///run/user/7/podman/podman.sock",
        "unix:///run/podman/podman.sock",
    ]


def test_the_first_socket_that_answers_is_used(
    fake_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = [f"unix://{tmp_path}/not-there.sock", fake_engine.host]
    monkeypatch.setattr(client_module, "usual_places", lambda _: iter(places))
    connect({}).close()


def refusal(host: str) -> ContainerEngineError:
    with pytest.raises(ContainerEngineError) as caught:
        connect({"DOCKER_HOST": host})
    assert caught.value.next_step
    return caught.value


def test_no_engine_at_all_is_told_with_where_it_was_looked_for(tmp_path: Path) -> None:
    error = refusal(f"unix://{tmp_path}/none.sock")
    assert error.message == f"No container engine is running: there is none at {tmp_path}/none.sock."
    assert "Install and start Docker or podman" in error.next_step


def test_a_socket_that_nobody_serves_does_not_answer(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left_over:
        left_over.bind(str(tmp_path / "dead.sock"))
    assert "does not answer (Connection refused)" in refusal(f"unix://{tmp_path}/dead.sock").message


def test_an_engine_that_says_nothing_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "ANSWER_SECONDS", 1)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "silent.sock"))
        silent.listen()
        assert "does not answer" in refusal(f"unix://{tmp_path}/silent.sock").message


def test_what_is_no_container_engine_does_not_answer(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(tmp_path / "other.sock"))
        other.listen()

        def serve() -> None:
            for _ in range(2):
                connection, _ = other.accept()
                connection.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        assert "does not answer" in refusal(f"unix://{tmp_path}/other.sock").message


@pytest.mark.parametrize("host", ["tcp://127.0.0.1:9", "nonsense://", "unix://relative", "ssh://"])
def test_an_address_that_leads_nowhere_is_one_sentence(host: str) -> None:
    assert "Traceback" not in str(refusal(host))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become a user without the right")
def test_a_socket_this_user_may_not_use_is_told_with_the_group_to_join(open_directory: Path) -> None:
    place = open_directory / "engine.sock"
    with socket.socket(socket.AF_UNIX) as served:
        served.bind(str(place))
        served.listen()
        place.chmod(0o600)
        # An interpreter below root's home cannot be started by others, so the rights go after the imports.
        code = (
            "import os, sys\n"
            "from plugin_matrix.sandbox.container.client import connect\n"
            f"os.setuid({UNPRIVILEGED})\n"
            "try:\n    connect({'DOCKER_HOST': sys.argv[1]})\n"
            "except Exception as error:\n    print(type(error).__name__, error)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, f"unix://{place}"], capture_output=True, text=True, check=True
        )
    assert f"ContainerEngineError This user may not use the container engine at {place}." in done.stdout
    assert "usermod -aG docker" in done.stdout


@pytest.mark.parametrize(
    ("components", "podman"),
    [
        ([{"Name": "Podman Engine", "Version": "5.4.2"}, {"Name": "Conmon"}], True),
        ([{"Name": "Engine", "Version": "20.10.24"}, {"Name": "containerd"}], False),
        (None, False),
    ],
)
def test_podman_is_told_by_its_components_and_asked_once(
    fake_engine: Any,
    components: list[dict[str, str]] | None,
    podman: bool,  # noqa: FBT001 - a table's column
) -> None:
    client = connect({"DOCKER_HOST": fake_engine.host})
    fake_engine.answer("GET /version", {"ApiVersion": "1.41", "Components": components})
    before = len(fake_engine.asked("GET /version"))
    assert [is_podman(client), is_podman(client)] == [podman, podman]
    assert len(fake_engine.asked("GET /version")) == before + 1
    client.close()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (requests.ReadTimeout("UnixHTTPConnectionPool(...): Read timed out."), "it does not answer any more"),
        (requests.ConnectionError("aborted."), "it cannot be reached any more (aborted.)"),
        (docker.errors.APIError("500", explanation="no such\n  thing."), "no such thing"),
    ],
)  # fmt: skip
def test_what_an_engine_says_is_one_line_and_silence_is_told_as_that(error: Exception, said: str) -> None:
    assert told(error) == said
