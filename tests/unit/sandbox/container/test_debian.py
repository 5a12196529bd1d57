import os
import shutil
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import docker
import psutil
import pytest

from plugin_matrix.errors import DiskFullError, ImageBuildError
from plugin_matrix.sandbox.container.client import connect
from plugin_matrix.sandbox.container.debian import NEEDED_BYTES, make_base
from plugin_matrix.sandbox.container.platforms import DebianBase, platform_images
from plugin_matrix.sandbox.container.progress import BuildProgress, SilentProgress

ID = f"sha256:{'a' * 64}"
BOOKWORM = platform_images()["cpu-py311"].debian
FILLS = "mkdir -p $tree/usr/share/doc $tree/usr/bin; echo > $tree/usr/share/doc/x; echo > $tree/usr/bin/p"
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="mount namespaces are root's")
Program = Callable[[str], Path]
SILENT = SilentProgress()


class Told:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def stage(self, text: str) -> None:
        self.lines.append(text)

    def detail(self, text: str) -> None:
        self.lines.append(text)

    warn = stage


@pytest.fixture
def client(fake_engine: Any) -> Any:
    fake_engine.answer("POST /images/create", {"status": ID})
    fake_engine.answer(f"GET /images/{ID}/json", {"Id": ID})
    fake_engine.answer("GET /images/vllm-plugin-matrix", {"Id": ID})
    fake_engine.answer("POST /images/.*/tag", "", status=201)
    client = connect()
    yield client
    client.close()


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = tmp_path / "temporary"
    directory.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(directory))
    return directory


@pytest.fixture
def debootstrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Return a maker of the program `debootstrap`; `$tree` is the directory it is told to fill."""
    programs = tmp_path / "programs"
    programs.mkdir()

    def make(script: str) -> Path:
        program = programs / "debootstrap"
        program.write_text(f'#!/bin/sh\nlog={tmp_path}/arguments\necho "$@" > "$log"\ntree=$4\n{script}\n')
        program.chmod(0o755)
        return tmp_path / "arguments"

    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    make(FILLS)
    return make


def base(
    client: docker.DockerClient,
    debian: DebianBase | None = BOOKWORM,
    progress: BuildProgress = SILENT,
) -> str:
    assert debian is not None
    return make_base(client, debian, mirror="http://mirror.test/debian", progress=progress)


@as_root
def test_a_tree_is_made_imported_without_what_nobody_reads_and_removed(
    client: docker.DockerClient, fake_engine: Any, temporary: Path, debootstrap: Program
) -> None:
    said = Told()
    arguments = debootstrap(f"{FILLS}; echo 'I: Retrieving python3'")
    assert base(client, progress=said) == ID
    assert arguments.read_text().split()[:3] == [
        "--variant=minbase",
        "--include=python3,libgomp1,libstdc++6",
        "bookworm",
    ]
    assert arguments.read_text().split()[4:] == ["http://mirror.test/debian"]
    assert said.lines == ["Retrieving python3", "importing"]
    (request,) = fake_engine.asked("POST /images/create")
    assert b"usr/bin/p" in fake_engine.bodies[request]
    assert b"usr/share/doc/x" not in fake_engine.bodies[request]
    assert "org.vllm-plugin-matrix%3D%221%22" in request
    assert fake_engine.asked("POST /images/.*/tag")
    assert list(temporary.iterdir()) == []


@as_root
@pytest.mark.usefixtures("temporary")
def test_a_release_that_debootstrap_does_not_know_is_made_as_the_newest_it_knows(
    client: docker.DockerClient, debootstrap: Program
) -> None:
    arguments = debootstrap("mkdir -p $tree")
    base(client, DebianBase("not-yet", "python3.99", PurePosixPath("/usr/bin/python3.99")))
    assert arguments.read_text().split()[-1] == "/usr/share/debootstrap/scripts/sid"


@as_root
@pytest.mark.parametrize(
    ("script", "error", "message"),
    [
        ("echo 'I: Retrieving'; echo 'E: Failed getting release file'; exit 1", ImageBuildError,
         r"debootstrap of bookworm from http://mirror\.test/debian failed: Failed getting release file"),
        ("exit 3", ImageBuildError, "it said nothing"),
        ("mkdir -p $tree/x; echo 'tar: write: No space left on device'; exit 1", DiskFullError, "is full"),
        ("exit 137", ImageBuildError, "failed"),
    ],
)  # fmt: skip
def test_a_debootstrap_that_fails_is_one_sentence_and_leaves_nothing(
    client: docker.DockerClient,
    fake_engine: Any,
    temporary: Path,
    debootstrap: Program,
    script: str,
    error: type[Exception],
    message: str,
) -> None:
    debootstrap(script)
    with pytest.raises(error, match=message):
        base(client)
    assert list(temporary.iterdir()) == []
    assert fake_engine.asked("POST /images/create") == []


@as_root
@pytest.mark.usefixtures("temporary")
def test_a_tree_that_is_not_there_makes_no_base(
    client: docker.DockerClient, fake_engine: Any, debootstrap: Program
) -> None:
    debootstrap("true")
    with pytest.raises(ImageBuildError, match="tar could not read"):
        base(client)
    assert fake_engine.asked("POST /images/.*/tag") == []


@as_root
def test_an_interrupted_debootstrap_leaves_no_process_no_tree_and_no_image(
    client: docker.DockerClient, fake_engine: Any, temporary: Path, debootstrap: Program
) -> None:
    debootstrap("mkdir -p $tree; echo 'I: Retrieving'; sleep 4711 & sleep 4711")

    class Interrupting(Told):
        def detail(self, text: str) -> None:
            super().detail(text)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        base(client, progress=Interrupting())
    assert list(temporary.iterdir()) == []
    assert fake_engine.asked("POST /images/create") == []
    left = [one for one in psutil.process_iter(["cmdline"]) if (one.info["cmdline"] or [])[-1:] == ["4711"]]
    psutil.wait_procs(left, timeout=5)
    assert [one for one in left if one.is_running()] == []


@as_root
@pytest.mark.usefixtures("debootstrap")
def test_an_engine_that_refuses_the_import_leaves_no_name(
    client: docker.DockerClient, fake_engine: Any, temporary: Path
) -> None:
    fake_engine.answer("POST /images/create", {"error": "unexpected EOF"})
    with pytest.raises(ImageBuildError, match="does not import the base: unexpected EOF"):
        base(client)
    assert fake_engine.asked("POST /images/.*/tag") == []
    fake_engine.answer("POST /images/create", {"error": "write /layer: no space left on device"})
    with pytest.raises(DiskFullError):
        base(client)
    assert list(temporary.iterdir()) == []


@pytest.mark.usefixtures("temporary")
@pytest.mark.parametrize(
    ("what", "error", "message", "next_step"),
    [
        ("user", ImageBuildError, "needs root", "sudo"),
        ("program", ImageBuildError, "needs debootstrap", "apt-get install debootstrap"),
        ("architecture", ImageBuildError, r"\(riscv64\) make no base for .* engine of amd64", "own machine"),
        ("space", DiskFullError, r"takes 600\.0 MiB and .* has 5 B left", "TMPDIR"),
    ],
)  # fmt: skip
def test_what_keeps_a_machine_from_making_bases_is_told_with_what_mends_it(
    client: docker.DockerClient,
    debootstrap: Program,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
    error: type[ImageBuildError],
    message: str,
    next_step: str,
) -> None:
    arguments = debootstrap("exit 1")
    monkeypatch.setattr("os.geteuid", lambda: 1000 if what == "user" else 0)
    monkeypatch.setattr("platform.machine", lambda: "riscv64" if what == "architecture" else "x86_64")
    usage = shutil.disk_usage("/")
    free = 5 if what == "space" else NEEDED_BYTES
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage._replace(free=free))
    if what == "program":
        monkeypatch.setattr("shutil.which", lambda name: None if name == "debootstrap" else f"/bin/{name}")
    with pytest.raises(error, match=message) as caught:
        base(client)
    assert next_step in caught.value.next_step
    assert not arguments.exists()
