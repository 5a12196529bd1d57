import json
import shutil
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from plugin_matrix.cli.doctor import doctor
from plugin_matrix.engines.interpreters import default_platforms
from plugin_matrix.errors import SandboxError
from plugin_matrix.run import examination
from plugin_matrix.run.container_examination import engine_check
from plugin_matrix.run.examination import State, examine
from plugin_matrix.sandbox.strategy import Strategy


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """No index is asked, and of the Pythons only the running one."""
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.setattr(examination, "present_platforms", default_platforms)


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")


def look(store: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    result = CliRunner().invoke(doctor, ["--json", "--store", str(store), *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    document = json.loads(result.stdout)
    assert len(Counter(check["name"] for check in document["checks"])) == len(document["checks"]) == 8
    return result.exit_code, document


def named(document: dict[str, Any], name: str) -> Any:
    return next(check for check in document["checks"] if check["name"] == name)


def raising(error: Exception) -> Any:
    def raise_it(*_: object, **__: object) -> Any:
        raise error

    return raise_it


@pytest.mark.usefixtures("no_engine")
def test_a_machine_without_containers_and_torch_can_run_a_matrix(tmp_path: Path) -> None:
    code, document = look(tmp_path / "store")
    assert (code, document["can_run"], document["containers"]) == (0, True, False)
    assert named(document, "container engine")["state"] == "limited"
    assert "Install and start Docker or podman" in named(document, "container engine")["mend"]
    assert named(document, "torch")["state"] == "limited"
    assert "PIP_FIND_LINKS" in named(document, "torch")["mend"]
    assert f"{sys.version_info.major}.{sys.version_info.minor}" in named(document, "Python")["found"]


@pytest.mark.usefixtures("no_engine")
def test_looking_makes_no_store(tmp_path: Path) -> None:
    look(tmp_path / "store")
    assert not (tmp_path / "store").exists()


def test_an_engine_that_answers_is_described_with_the_images_it_has_not(
    fake_engine: Any, tmp_path: Path
) -> None:
    fake_engine.answer("GET /info", {"CgroupVersion": "2", "SecurityOptions": ["name=rootless"]})
    code, document = look(tmp_path)
    assert code == 0
    described = named(document, "container engine")["found"]
    assert described.startswith("Docker 20.10.24; rootless; control groups version 2")
    assert named(document, "images")["found"] == "none is built"
    assert "plugin-matrix images build cpu-py311" in named(document, "images")["mend"]
    assert document["containers"] is False


@pytest.mark.usefixtures("no_engine")
@pytest.mark.parametrize(
    ("function", "name", "can_run"),
    [("pythons", "Python", False), ("uv", "uv", False), ("space", "store", False), ("torch", "torch", True)],
)
def test_whatever_cannot_be_looked_at_is_missing_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, function: str, name: str, *, can_run: bool
) -> None:
    monkeypatch.setattr(examination, function, raising(RuntimeError("the moon is full")))
    code, document = look(tmp_path)
    assert named(document, name)["state"] == "missing"
    assert "RuntimeError: the moon is full" in named(document, name)["found"]
    assert (code, document["can_run"]) == (0 if can_run else 4, can_run)


@pytest.mark.usefixtures("no_engine")
def test_without_any_sandbox_no_matrix_can_be_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(
        examination, "ProcessSandbox", raising(SandboxError("It cannot.", next_step="Install util-linux."))
    )
    code, document = look(tmp_path)
    assert (code, document["can_run"]) == (4, False)
    assert named(document, "process sandbox") == {
        "name": "process sandbox",
        "state": "missing",
        "found": "It cannot.",
        "mend": "Install util-linux.",
    }


@pytest.mark.usefixtures("no_engine")
def test_without_namespaces_the_sandbox_is_limited_and_says_what_permits_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("plugin_matrix.sandbox.process.best_strategy", lambda _: Strategy.PROCESS_GROUP)
    code, document = look(tmp_path)
    assert code == 0
    assert named(document, "process sandbox")["state"] == "limited"
    assert "sysctl" in named(document, "process sandbox")["mend"]


@pytest.mark.usefixtures("no_engine")
def test_a_machine_without_python_is_told_how_to_get_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(examination, "present_platforms", tuple)
    code, document = look(tmp_path)
    assert code == 4
    assert "uv python install 3.10" in named(document, "Python")["mend"]


@pytest.mark.usefixtures("no_engine")
@pytest.mark.parametrize(
    ("free", "held", "state", "prunes"),
    [
        (3 * 1024**3, 0, State.OK, False),
        (1024**3, 0, State.LIMITED, False),
        (1024**3, 2 * 1024**3, State.LIMITED, True),
        (1024**2, 0, State.MISSING, False),
    ],
)
def test_a_disk_that_is_nearly_full_is_told_with_what_frees_it(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    free: int,
    held: int,
    state: State,
    prunes: bool,  # noqa: FBT001 - a table's column
) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage._replace(free=free))
    monkeypatch.setattr(examination, "total", lambda found: held + len(list(found)))
    check = examination.space(tmp_path)
    assert check.state is state
    assert ("store prune" in check.mend) == prunes
    assert ("PLUGIN_MATRIX_STORE" in check.mend) == (state is not State.OK)


@pytest.mark.usefixtures("no_engine")
def test_people_read_every_check_and_the_command_that_mends_it(tmp_path: Path) -> None:
    result = CliRunner().invoke(doctor, ["--store", str(tmp_path)])
    assert result.exit_code == 0
    for check in examine(tmp_path).checks:
        assert check.name in result.stdout
    assert "mend it: Install and start Docker or podman" in " ".join(result.stdout.split())
    assert result.stdout.endswith("A matrix can be run, in the process sandbox; not in containers.\n")


@pytest.mark.parametrize(
    ("info", "version", "facts"),
    [
        ({}, {}, "Docker; as root; control groups version unknown"),
        (
            {"CgroupVersion": "1", "SecurityOptions": None, "Warnings": ["WARNING: No swap limit support"]},
            {"Version": "28.1"},
            "Docker 28.1; as root; control groups version 1; WARNING: No swap limit support",
        ),
        (
            {"CgroupVersion": "2", "SecurityOptions": ["name=seccomp", "name=rootless"]},
            {
                "Version": "5.1",
                "Platform": {"Name": "linux/amd64/debian-13"},
                "Components": [{"Name": "Podman Engine"}, {"Name": "Conmon"}],
            },
            "Podman Engine 5.1; rootless; control groups version 2",
        ),
    ],
)
def test_what_an_engine_says_of_itself_may_be_incomplete(
    info: dict[str, Any], version: dict[str, Any], facts: str
) -> None:
    check = engine_check(info, version)
    assert (check.state, check.found) == (State.OK, facts)


def test_a_rootless_engine_without_control_groups_of_its_own_is_told() -> None:
    check = engine_check({"Rootless": True, "CgroupVersion": "1"}, {})
    assert check.state is State.LIMITED
    assert "rootless; control groups version 1, which lets no rootless engine limit memory" in check.found
    assert "version 2" in check.mend


def test_an_engine_whose_disk_is_nearly_full_is_told_with_the_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=3 * 1024**2))
    check = engine_check({"DockerRootDir": str(tmp_path)}, {"Version": "28.1"})
    assert check.state is State.LIMITED
    assert check.found.endswith("; 3.0 MiB free")
    assert f"below {tmp_path}: `plugin-matrix images prune`" in check.mend
